//! An MPD as dash-mpd-core reads it.

use std::collections::BTreeSet;
use std::time::Duration;

use dash_mpd_core::{AdaptationSet, ContentProtection, DashMpdError, MPD, Period, SegmentTemplate};
use serde::Serialize;

/// The description of an MPD.
#[derive(Debug, Serialize)]
pub(crate) struct Mpd {
    /// `static` or `dynamic`.
    pub(crate) presentation: String,
    pub(crate) profiles: Vec<String>,
    /// In seconds, as all durations here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) availability_start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum_update_period: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time_shift_buffer_depth: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suggested_presentation_delay: Option<f64>,
    /// Scheme and value of each clock that the MPD names.
    pub(crate) utc_timing: Vec<String>,
    pub(crate) periods: Vec<PeriodText>,
}

/// A period.
#[derive(Debug, Serialize)]
pub(crate) struct PeriodText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<f64>,
    /// How many streams of events it has.
    pub(crate) event_streams: usize,
    pub(crate) sets: Vec<SetText>,
}

/// An adaptation set.
#[derive(Debug, Serialize)]
pub(crate) struct SetText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    pub(crate) codecs: BTreeSet<String>,
    /// The DRM systems that it is protected with.
    pub(crate) drm: BTreeSet<String>,
    pub(crate) representations: Vec<RepresentationText>,
}

/// A representation.
#[derive(Debug, Serialize)]
pub(crate) struct RepresentationText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bandwidth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) width: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) height: Option<u64>,
}

/// Describes an MPD, and says what is odd about it.
///
/// # Errors
/// When dash-mpd-core cannot parse it, which is no reason for a player not to play it.
pub(crate) fn describe(text: &str) -> Result<(Mpd, Vec<String>), DashMpdError> {
    let mpd = dash_mpd_core::parse(text)?;
    let words = |list: &str| list.split(',').map(|word| word.trim().to_owned()).collect();
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs_f64());
    let told = Mpd {
        presentation: mpd.mpdtype.clone().unwrap_or_else(|| "static".to_owned()),
        profiles: mpd.profiles.as_deref().map_or_else(Vec::new, words),
        duration: seconds(mpd.mediaPresentationDuration),
        availability_start_time: mpd.availabilityStartTime.map(|time| time.to_rfc3339()),
        minimum_update_period: seconds(mpd.minimumUpdatePeriod),
        time_shift_buffer_depth: seconds(mpd.timeShiftBufferDepth),
        suggested_presentation_delay: seconds(mpd.suggestedPresentationDelay),
        utc_timing: mpd
            .UTCTiming
            .iter()
            .map(|clock| {
                let value = clock.value.as_deref().unwrap_or_default();
                format!("{} {value}", clock.schemeIdUri)
            })
            .collect(),
        periods: mpd.periods.iter().map(period).collect(),
    };
    Ok((told, warnings(&mpd)))
}

fn period(period: &Period) -> PeriodText {
    PeriodText {
        id: period.id.clone(),
        start: period.start.map(|start| start.as_secs_f64()),
        duration: period.duration.map(|duration| duration.as_secs_f64()),
        event_streams: period.event_streams.len(),
        sets: period.adaptations.iter().map(set).collect(),
    }
}

fn set(set: &AdaptationSet) -> SetText {
    let types = [&set.contentType, &set.mimeType];
    let own = set
        .representations
        .iter()
        .flat_map(|representation| [&representation.contentType, &representation.mimeType]);
    let content = types.into_iter().chain(own).flatten().next();
    let codecs = set.representations.iter().map(|own| &own.codecs);
    let codecs = codecs.chain([&set.codecs]).flatten();
    let keys = set
        .representations
        .iter()
        .flat_map(|own| &own.ContentProtection)
        .chain(&set.ContentProtection);
    SetText {
        id: set.id.clone(),
        content: content.cloned().unwrap_or_default(),
        language: set.lang.clone(),
        codecs: codecs.cloned().collect(),
        drm: keys.map(system).collect(),
        representations: set
            .representations
            .iter()
            .map(|own| RepresentationText {
                id: own.id.clone(),
                bandwidth: own.bandwidth,
                width: own.width.or(set.width),
                height: own.height.or(set.height),
            })
            .collect(),
    }
}

/// The name of a DRM system, or its identifier where it has none here.
fn system(protection: &ContentProtection) -> String {
    match dash_mpd_core::content_protection_type(protection) {
        unknown if unknown.starts_with('<') => protection.schemeIdUri.clone(),
        known => known,
    }
}

fn warnings(mpd: &MPD) -> Vec<String> {
    let mut warnings = BTreeSet::new();
    if !mpd.PatchLocation.is_empty() {
        warnings.insert("MPD patches are not used: the whole MPD is loaded again".to_owned());
    }
    let sets = mpd.periods.iter().flat_map(|period| &period.adaptations);
    let links = mpd.periods.iter().map(|period| &period.href);
    let links = links.chain(sets.map(|set| &set.href)).flatten();
    if links.count() > 0 {
        warnings.insert("xlink is not resolved: what the elements hold themselves counts".to_owned());
    }
    if has_parameters(mpd) {
        warnings.insert(
            "query parameters of Annex I (urlparam) are not added: players do so by themselves".to_owned(),
        );
    }
    if mpd.mpdtype.as_deref() == Some("dynamic") && mpd.availabilityStartTime.is_none() {
        warnings.insert("a dynamic MPD without availabilityStartTime: 1970 is taken".to_owned());
    }
    if has_zero_timescale(mpd) {
        warnings.insert("a timescale of zero".to_owned());
    } else {
        warnings.extend(dash_mpd_core::check_conformity(mpd));
    }
    warnings.into_iter().collect()
}

/// Whether players add parameters to URLs that the MPD does not write out (ISO/IEC 23009-1, Annex I).
fn has_parameters(mpd: &MPD) -> bool {
    let is_meant = |scheme: &str| scheme.starts_with("urn:mpeg:dash:urlparam:");
    let sets = mpd.periods.iter().flat_map(|period| &period.adaptations);
    let own = sets.clone().flat_map(|set| &set.representations);
    let of_own = own.clone().flat_map(|own| &own.essential_property);
    let of_sets = sets.clone().flat_map(|set| &set.essential_property);
    let optional = own.flat_map(|own| &own.supplemental_property);
    let optional = optional.chain(sets.flat_map(|set| &set.supplemental_property));
    let mut essential = mpd.essential_property.iter().chain(of_sets).chain(of_own);
    let mut optional = mpd.supplemental_property.iter().chain(optional);
    essential.any(|property| is_meant(&property.schemeIdUri))
        || optional.any(|property| is_meant(&property.schemeIdUri))
}

/// dash-mpd-core divides by timescales.
fn has_zero_timescale(mpd: &MPD) -> bool {
    let is_zero = |template: &SegmentTemplate| template.timescale == Some(0);
    mpd.periods.iter().any(|period| {
        let sets = period.adaptations.iter();
        let in_sets = sets.flat_map(|set| {
            let own = set.representations.iter().map(|own| &own.SegmentTemplate);
            own.chain([&set.SegmentTemplate])
        });
        in_sets.chain([&period.SegmentTemplate]).flatten().any(is_zero)
    })
}

#[cfg(test)]
mod tests;
