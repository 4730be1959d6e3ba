//! Looks: what tells lines apart, besides their colour.

/// How a line is drawn: the same thing looks the same in all plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Solid, with circles: the mean or the median.
    Middle,
    /// Dashed, with squares: the 95th percentile.
    High,
    /// Dotted, with diamonds: what it is compared with.
    Beside,
}

impl Look {
    /// The class of its elements.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Middle => "middle",
            Self::High => "high",
            Self::Beside => "beside",
        }
    }

    /// A marker around a place, as a path; smaller for lines that are drawn later, so that none hides another.
    pub(super) fn marker(self, x: f64, y: f64) -> String {
        match self {
            Self::Middle => format!("M{:.1} {y:.1}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", x - 5.0),
            Self::High => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
            Self::Beside => format!("M{x:.1} {:.1}l3.5 3.5l-3.5 3.5l-3.5 -3.5z", y - 3.5),
        }
    }

    /// A line with a marker, for a legend.
    pub(super) fn swatch(self) -> String {
        format!(
            "<svg class=\"swatch {}\" viewBox=\"0 0 40 12\" aria-hidden=\"true\"><path class=\"line\" d=\"M1 6H39\"/>\
             <path class=\"dot\" d=\"{}\"/></svg>",
            self.class(),
            self.marker(20.0, 6.0)
        )
    }
}
