//! The origin: one title, made up from its names; what it has sent of each segment, and to whom; how it answers.

mod server;
mod title;
mod truth;

pub(crate) use server::{Answer, Asker, Origin, Response, ResponseId, Span};
pub(crate) use title::{Content, Resource};
pub(crate) use title::{Kind, Title};
pub(crate) use truth::Truth;
