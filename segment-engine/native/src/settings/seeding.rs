//! Parses the settings of what a seeder takes from its origin.

use std::time::Duration;

use segment_engine::config::{Prewarm, Renditions, SeedingConfig};

use super::SettingsError;

/// Reads `renditions`, `prewarm` and `recheck_hours`.
///
/// # Errors
/// When `prewarm` has none of its allowed forms.
pub(super) fn seeding(
    renditions: &[String],
    prewarm: &str,
    recheck_hours: u32,
) -> Result<SeedingConfig, SettingsError> {
    let renditions = match renditions {
        [word] if word == "all" => Renditions::All,
        [word] if word == "wanted" => Renditions::Wanted,
        names => Renditions::Listed(names.to_vec()),
    };
    let prewarm = read_prewarm(prewarm).ok_or_else(|| SettingsError::Prewarm(prewarm.to_owned()))?;
    Ok(SeedingConfig {
        renditions,
        prewarm,
        recheck: (recheck_hours > 0).then(|| Duration::from_secs(u64::from(recheck_hours) * 3_600)),
        ..SeedingConfig::default()
    })
}

fn read_prewarm(word: &str) -> Option<Prewarm> {
    match word {
        "all" => return Some(Prewarm::All),
        "nothing" => return Some(Prewarm::Nothing),
        _ => {}
    }
    if let Some(percent) = word.strip_suffix('%') {
        return percent.parse().ok().map(Prewarm::Percent);
    }
    let seconds = word.strip_suffix('s')?.parse().ok()?;
    Some(Prewarm::FirstOf(Duration::from_secs(seconds)))
}
