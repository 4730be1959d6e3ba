//! That the lists say what the members have in common, whoever comes and goes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Common, ConnId, Index};
use crate::message::Hints;
use crate::rooms::locale::{ClientLocation, Locale};

impl Index {
    /// Panics where the lists are not those of `members`.
    pub(in crate::rooms) fn check(&self, members: &BTreeMap<ConnId, Locale>) {
        let mut lists: BTreeMap<Common, Vec<ConnId>> = BTreeMap::new();
        for (conn, locale) in members {
            for common in locale.commons() {
                lists.entry(common).or_default().push(*conn);
            }
        }
        assert_eq!(self.lists.len(), lists.len());
        assert_eq!(self.places.len(), lists.values().map(Vec::len).sum::<usize>());
        let prefixes = || lists.keys().filter(|common| matches!(common, Common::Prefix(_)));
        assert_eq!(self.firsts.len(), prefixes().count());
        assert_eq!(self.first_places.len(), self.firsts.len());
        assert_eq!(self.prefixes.len(), self.firsts.len());
        for prefix in prefixes() {
            let place = self.first_places[prefix];
            assert_eq!(self.prefixes[place], *prefix);
            assert_eq!(self.firsts[place], self.lists[prefix][0]);
        }
        for (common, expected) in lists {
            let mut list = self.list(common).to_vec();
            list.sort_unstable();
            assert_eq!(list, expected, "{common:?}");
        }
    }
}

proptest! {
    #[test]
    fn each_list_holds_those_that_share_its_key(steps in prop::collection::vec((0..20u64, 0..4u8, 0..3u8), 1..100)) {
        let (mut index, mut members) = (Index::default(), BTreeMap::new());
        for (conn, block, hint) in steps {
            let conn = ConnId(conn);
            if let Some(locale) = members.remove(&conn) {
                index.remove(conn, &locale);
            } else {
                let locale = locale(block, hint);
                index.insert(conn, &locale);
                members.insert(conn, locale);
            }
            index.check(&members);
        }
    }
}

fn locale(block: u8, hint: u8) -> Locale {
    let hint = (hint > 0).then_some(hint);
    let location = ClientLocation {
        address: [198, 51, block, 1].into(),
        site: hint.map(u32::from),
        asn: hint.map(u32::from),
        country: hint.map(|hint| [b'A', b'A' + hint]),
    };
    let pop = hint.map(|hint| hint.to_string());
    Locale::new(
        &location,
        &Hints {
            pop,
            ..Hints::default()
        },
    )
}
