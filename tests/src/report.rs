//! The report: one page with plots.

use anyhow::Result;

use crate::command::Command;

/// Runs what is to be plotted, and writes the page.
pub(crate) fn write(_command: &Command) -> Result<bool> {
    anyhow::bail!("not yet")
}
