//! Clients and a server wired in memory, each client with a driver that answers like WebRTC.
