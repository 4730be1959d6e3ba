//! What this device may do now: uploads, fetching ahead, limits. Pure; the engine applies it.

use crate::config::PolicyConfig;
use crate::device::{
    Battery, Charging, DeviceClass, DeviceLimits, DeviceState, Metered, NetworkKind, Prefetch, Reason,
    Reasons, Uploads, Verdict, Visibility,
};

/// The rules, and their verdict on the device as last reported.
#[derive(Debug)]
pub(crate) struct Policy {
    config: PolicyConfig,
    base: DeviceLimits,
    verdict: Verdict,
}

impl Policy {
    /// Starts with a device of which nothing is known. `base` is what the configuration allows on any device.
    pub(crate) fn new(config: PolicyConfig, base: DeviceLimits) -> Self {
        Self {
            config,
            base,
            verdict: verdict(&DeviceState::default(), &config, &base),
        }
    }

    /// Takes in what is known of the device now; returns the new verdict if it differs from the last.
    pub(crate) fn on_device(&mut self, state: &DeviceState) -> Option<Verdict> {
        let verdict = verdict(state, &self.config, &self.base);
        if verdict == self.verdict {
            return None;
        }
        self.verdict = verdict;
        Some(verdict)
    }

    /// What this device may do now.
    pub(crate) fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}

/// Judges a device.
pub(crate) fn verdict(state: &DeviceState, config: &PolicyConfig, base: &DeviceLimits) -> Verdict {
    let mut reasons = Reasons::default();
    let mut uploads = Uploads::On;
    let forbidding = [
        (
            Reason::NoConsent,
            state.consent.unwrap_or(config.uploads) == Uploads::Off,
        ),
        (
            Reason::Cellular,
            state.network == Some(NetworkKind::Cellular) && config.on_cellular == Uploads::Off,
        ),
        (
            Reason::Metered,
            state.metered == Metered::Yes && config.on_metered == Uploads::Off,
        ),
        (
            Reason::LowBattery,
            state
                .battery
                .is_some_and(|battery| runs_down(battery, config.low_battery_percent)),
        ),
    ];
    for (reason, applies) in forbidding {
        if applies {
            uploads = Uploads::Off;
            reasons.insert(reason);
        }
    }
    let prefetch = match state.visibility {
        Visibility::Visible => Prefetch::On,
        Visibility::Hidden => config.while_hidden,
    };
    if prefetch == Prefetch::Off {
        reasons.insert(Reason::HiddenPage);
    }
    let limits = match state.class {
        DeviceClass::Desktop | DeviceClass::Server => *base,
        DeviceClass::Mobile => base.and(config.mobile),
    };
    if limits != *base {
        reasons.insert(Reason::Mobile);
    }
    Verdict {
        uploads,
        prefetch,
        limits,
        reasons,
    }
}

fn runs_down(battery: Battery, low: u8) -> bool {
    battery.charging == Charging::No && battery.level_percent < low
}

#[cfg(test)]
mod tests;
