//! Nodes of a cluster in memory: alone with a test, and several over a bus that loses, delays and splits.

mod network;
mod node;
mod properties;
