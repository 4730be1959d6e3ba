//! Servers of a cluster over real NATS servers: what is carried, what is refused while NATS is away, and how all heals.

mod access;
mod faults;
mod injection;
mod nats;
mod nodes;
mod outage;
pub(crate) mod page;
mod process;
mod servers;
