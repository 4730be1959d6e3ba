//! The device that an engine runs on, and what it may do there. A driver tells [`DeviceState`]; the policy's
//! [`Verdict`] follows from it and from [`PolicyConfig`](crate::config::PolicyConfig).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::config::BitsPerSecond;

/// What a driver knows of its device. The default is a desktop on mains power and an unmetered network, with the page
/// in view: whatever is not told forbids nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceState {
    /// The battery; `None` where there is none, or the platform does not tell.
    #[serde(default)]
    pub battery: Option<Battery>,
    /// How the device is connected; `None` where the platform does not tell.
    #[serde(default)]
    pub network: Option<NetworkKind>,
    /// Whether traffic costs the user money, or the user asked to save it.
    #[serde(default)]
    pub metered: Metered,
    /// Whether anybody can see the page.
    #[serde(default)]
    pub visibility: Visibility,
    /// What kind of device it is.
    #[serde(default)]
    pub class: DeviceClass,
    /// The user's word on uploads; `None` leaves it to the configuration, otherwise it overrides the configuration. A
    /// host whose user has not answered yet leaves the configuration's value on: if that were off, neighbours would
    /// be told that it stays off.
    #[serde(default)]
    pub consent: Option<Uploads>,
}

/// A battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Battery {
    /// How full it is, in percent; above 100 means 100.
    pub level_percent: u8,
    /// Whether it is being charged.
    pub charging: Charging,
}

/// Whether a battery is being charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charging {
    /// It is on mains power.
    Yes,
    /// It is running down.
    No,
}

/// How a device is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    /// Wireless LAN.
    Wifi,
    /// A cable.
    Ethernet,
    /// A mobile network of any generation.
    Cellular,
    /// Something else that the platform names.
    Other,
    /// The platform says that it does not know.
    Unknown,
}

/// Whether traffic costs the user money, or the user asked to save it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metered {
    /// It does.
    Yes,
    /// It does not, or nobody knows.
    #[default]
    No,
}

/// Whether anybody can see the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// It is in view, or there is no page.
    #[default]
    Visible,
    /// It is in a tab behind others, or minimised.
    Hidden,
}

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceClass {
    /// A computer at a desk, a laptop, a television.
    #[default]
    Desktop,
    /// A phone or a tablet: little memory, and no cable.
    Mobile,
    /// A machine that nobody sits at.
    Server,
}

/// Whether segments are sent to peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uploads {
    /// They are.
    On,
    /// They are not: this engine only takes.
    Off,
}

/// Whether segments are fetched ahead of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prefetch {
    /// They are.
    On,
    /// They are not: only what the player demands is fetched.
    Off,
}

/// How much an engine may take of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceLimits {
    /// From this many connected peers on, further ones are refused.
    pub max_target_peers: u32,
    /// Budget for stored segments, in bytes.
    pub store_bytes: u64,
    /// The share of the measured uplink that uploads may take, in percent.
    pub upload_percent: u32,
    /// The most that uploads may take, in bits per second; `None` for no more limit than that share.
    #[serde(
        rename = "maxUploadBitsPerSecond",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_upload: Option<BitsPerSecond>,
}

impl DeviceLimits {
    /// The lower of the two in each field.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            max_target_peers: self.max_target_peers.min(other.max_target_peers),
            store_bytes: self.store_bytes.min(other.store_bytes),
            upload_percent: self.upload_percent.min(other.upload_percent),
            max_upload: [self.max_upload, other.max_upload].into_iter().flatten().min(),
        }
    }
}

/// What an engine may do on its device now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may send to peers.
    pub uploads: Uploads,
    /// Whether it may fetch ahead of the player.
    pub prefetch: Prefetch,
    /// How much it may take.
    pub limits: DeviceLimits,
    /// What forbids or lowers any of it.
    pub reasons: Reasons,
}

/// Something that forbids or lowers what an engine may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The user does not agree to uploads, or the configuration has none.
    NoConsent,
    /// No uploads: the network is cellular.
    Cellular,
    /// No uploads: the network is metered.
    Metered,
    /// No uploads: the battery is low, and not being charged.
    LowBattery,
    /// No fetching ahead: the page is hidden.
    HiddenPage,
    /// Lower limits: the device is mobile.
    Mobile,
}

impl Reason {
    const ALL: [Self; 6] = [
        Self::NoConsent,
        Self::Cellular,
        Self::Metered,
        Self::LowBattery,
        Self::HiddenPage,
        Self::Mobile,
    ];
}

/// A set of reasons.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u8);

impl Reasons {
    pub(crate) fn insert(&mut self, reason: Reason) {
        self.0 |= 1 << reason as u8;
    }

    /// Whether the set contains a reason.
    pub fn contains(self, reason: Reason) -> bool {
        self.0 & (1 << reason as u8) != 0
    }

    /// The reasons, in the order of [`Reason`].
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL
            .into_iter()
            .filter(move |reason| self.contains(*reason))
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Reasons {
    /// Serializes as a list.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
