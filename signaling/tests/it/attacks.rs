//! The attacks on signaling that are known: each is refused, the refusal counted, and the others are unharmed. What is
//! marked (in part) costs more than before, and is not ruled out: the row says what is left.
//!
//! | attack | tests |
//! | --- | --- |
//! | free riding | `free_riders_of_every_kind_are_refused_alike`; `door`, `token` of the crate for each claim |
//! | swarm guessing | `whoever_guesses_swarms_learns_nothing` |
//! | harvesting of addresses (in part: whoever waits learns a swarm's addresses one by one; `policy.relay_only` ends that) | `addresses_that_are_nobodys_business_never_arrive`, `one_member_is_introduced_to_so_many_and_no_faster`, `whoever_leaves_and_joins_again_is_introduced_to_no_more`, `a_connection_joins_once` |
//! | resource squatting: viewers who take and give nothing, or hold links and slots | not signaling's: neighbours drop links that stall, flood or are of no use, scenarios `stallers-10`, `flooders-10`, `pretenders-10` of swarm-tests; here a place is bounded by `limits::` and by the rows on floods |
//! | polluted segments | not signaling's: the welcome carries whose signatures count, `door::a_welcome_carries_..` |
//! | signals in another's name | `the_sender_of_a_signal_is_who_the_server_says`, `nobody_hears_of_whom_it_was_not_paired_with`, `tracker::an_offer_is_answered_by_whom_it_was_handed_to_and_once`, `tracker::a_peer_id_whose_owner_is_there_..` |
//! | descriptions as weapons | `descriptions_that_are_weapons_are_refused` |
//! | flooded rooms, Sybils (in part: whoever has addresses of many blocks fills more) | `a_block_of_sybils_gets_a_third_of_a_victims_pairings`, `tracker::a_flood_of_info_hashes_..`, `limits::connections_over_the_limit_of_an_address_..` |
//! | floods of pings | `pings_count_as_messages_..` |
//! | floods of offers | `a_flood_of_offers_in_a_pairing_is_cut_off`, `limits::messages_over_the_rate_..`, `tracker::each_offer_counts_as_a_message` |
//! | slow loris | `a_slow_loris_loses_its_sockets_..`, `sockets_that_wait_for_nothing_..`, `a_header_for_addresses_lifts_no_bound_..`, `whoever_never_joins_is_closed_and_counted`, `limits::a_member_that_does_not_read_..`, `tls::handshakes_that_one_address_..` |
//! | frames without end | `a_head_without_end_..`, `frames_over_the_limit_are_counted`, `limits::a_frame_far_over_the_limit_..` |
//! | decompression | `compression_is_not_spoken` |
//! | pages of other sites | `pages_of_other_origins_reach_neither_front` |
//! | replayed tokens (in part: a stolen token that has a connection to spare lets the thief in until it ends) | `a_stolen_token_drives_nobody_out`, `door::a_newer_connection_with_a_token_..` |
//! | packets on the bus | `cluster::injection`, `cluster::nodes::a_node_without_the_secret_..` |
//! | a viewer who says it is a seeder, to be in at any share (in part: who draws until it is in is in, but at 0) | `ramp::where_tokens_are_required_only_a_token_makes_a_seeder` |
//! | taken peer ids | `tracker::a_peer_id_whose_owner_is_there_..`, `tracker::a_stall_costs_nobody_its_peer_id`, `tracker::a_peer_id_whose_connection_broke_..` |
//! | leaks by logs | `logs_tell_no_address_and_no_description`, `logs_of_the_tracker_tell_no_more` |
//! | leaks by figures | `figures_are_for_the_operator_alone` |

mod door;
mod operation;
mod signals;
mod sockets;
mod tracker;

use crate::harness::{Server, Viewer, description, offer, signal};
use signaling_proto::message::ToClient;

/// Two viewers that are paired and have yet to say anything: whom nobody is to harm.
struct Others {
    a: Viewer,
    a_id: String,
    b: Viewer,
    b_id: String,
}

impl Others {
    async fn join(server: &Server) -> Self {
        let [(a, a_id), (b, b_id)] = server.pair().await;
        Self { a, a_id, b, b_id }
    }

    /// Each hears what the other says, and nothing else.
    async fn are_unharmed(&mut self) {
        for _ in 0..2 {
            let sdp = description(0);
            self.a.say(&signal(&self.b_id, offer(&sdp))).await;
            let heard = ToClient::Signal {
                from: self.a_id.clone(),
                signal: offer(&sdp),
            };
            assert_eq!(self.b.hear().await, heard);
            std::mem::swap(&mut self.a, &mut self.b);
            std::mem::swap(&mut self.a_id, &mut self.b_id);
        }
    }
}

/// A figure of the operator's, by its name without the prefix.
async fn figure(server: &Server, name: &str) -> u64 {
    let metrics = server.metrics().await;
    let name = format!("fugitive_signaling_{name} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name}is not in {metrics}"))
        .parse()
        .unwrap()
}

/// How often something was refused.
async fn refused(server: &Server, reason: &str) -> u64 {
    figure(server, &format!("refused_total{{reason=\"{reason}\"}}")).await
}
