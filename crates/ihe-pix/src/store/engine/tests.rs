//! The engine over rows in a map: what each action does to sets, bonds, history and changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hl7v2::datatype::{Cx, Hd, Xpn};

use super::{Engine, Records, Result, Write};
use crate::identity::{Action, By, Merge};
use crate::store::ApplyError;
use crate::{Deterministic, PatientRecord};

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";

#[derive(Default)]
struct Kept(BTreeMap<u32, PatientRecord>);

impl Records for Kept {
    fn record(&mut self, row: u32) -> Result<PatientRecord> {
        Ok(self.0.get(&row).cloned().unwrap_or_default())
    }
}

struct World {
    engine: Engine,
    kept: Kept,
    writes: Vec<Write>,
}

fn id(text: &str) -> Cx {
    let (value, domain) = text.split_once('@').unwrap();
    Cx::new(value, Hd::oid(if domain == "E" { EAST } else { WEST }))
}

fn merge(survivor: &str, subsumed: &str) -> Merge {
    Merge {
        survivor: id(survivor),
        subsumed: id(subsumed),
        repetition: 1,
    }
}

fn patient(ids: &str, given: &str) -> PatientRecord {
    let name = Xpn {
        family: "山田".into(),
        given: given.into(),
        ..Xpn::default()
    };
    PatientRecord {
        ids: ids.split(' ').map(id).collect(),
        names: vec![name],
        birth_date: "19580312".into(),
        sex: "F".into(),
        phone_home: "03-1234-5678".into(),
        ..PatientRecord::default()
    }
}

impl World {
    fn new() -> World {
        World {
            engine: Engine::new(Arc::new(Deterministic)),
            kept: Kept::default(),
            writes: Vec::new(),
        }
    }

    fn try_to(&mut self, action: Action) -> Result<(), ApplyError> {
        let by = By::new("HIS|EAST", "1");
        let writes =
            self.engine
                .apply(&action, &by, DateTime::<Utc>::UNIX_EPOCH, &mut self.kept)?;
        for write in &writes {
            if let Write::Identity { row, record, .. } | Write::Record { row, record, .. } = write {
                self.kept.0.insert(*row, (**record).clone());
            }
        }
        self.writes.extend(writes);
        Ok(())
    }

    fn run(&mut self, action: Action) -> &mut World {
        self.try_to(action).unwrap();
        self
    }

    fn refused(&mut self, action: Action) -> Vec<String> {
        let before = (self.engine.last_entry, self.engine.last_change);
        let Err(ApplyError::Refused(refusal)) = self.try_to(action) else {
            panic!("not refused");
        };
        assert_eq!(before, (self.engine.last_entry, self.engine.last_change));
        let code = |p: &hl7v2::ack::Problem| {
            let place = p.location.as_ref().map(ToString::to_string);
            format!("{} {}", p.code.number(), place.unwrap_or_default())
        };
        refusal.problems.iter().map(code).collect()
    }

    fn register(&mut self, ids: &str, given: &str) -> &mut World {
        let patient = patient(ids, given);
        self.run(Action::Register { patient })
    }

    fn update(&mut self, ids: &str, given: &str) -> &mut World {
        let patient = patient(ids, given);
        self.run(Action::Update { patient })
    }

    fn merge(&mut self, survivor: &str, subsumed: &str, lenient: bool) -> Result<(), ApplyError> {
        self.try_to(Action::Merge {
            patient: PatientRecord::identified(id(survivor)),
            merges: vec![merge(survivor, subsumed)],
            lenient,
        })
    }

    fn link(&mut self, a: &str, b: &str) -> &mut World {
        self.run(Action::Link { a: id(a), b: id(b) })
    }

    fn unlink(&mut self, a: &str, b: &str) -> &mut World {
        self.run(Action::Unlink { a: id(a), b: id(b) })
    }

    /// The ids of this id's person, itself too; nothing if it is not in use.
    fn set(&self, one: &str) -> String {
        let Some(row) = self.engine.active(&id(one)) else {
            return String::new();
        };
        let text = |row: &u32| {
            let id = self.engine.id(*row);
            let domain = if id.assigning_authority.universal_id == EAST {
                "E"
            } else {
                "W"
            };
            format!("{}@{domain}", id.id)
        };
        let ids: Vec<String> = self.engine.set(row).iter().map(text).collect();
        ids.join(" ")
    }

    fn open_reviews(&self) -> usize {
        self.engine.reviews.open.len()
    }

    fn changes(&self) -> u64 {
        self.engine.last_change()
    }
}

#[test]
fn equal_demographics_link_and_twins_do_not() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("9@W", "花子")
        .register("8@W", "月子");
    assert_eq!(world.set("1@E"), "1@E 9@W");
    assert_eq!(world.set("8@W"), "8@W");
    assert_eq!(world.changes(), 3);
}

#[test]
fn an_update_parts_and_joins_again() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("9@W", "花子")
        .register("5@W", "花子");
    world.update("9@W", "月子");
    assert_eq!(
        (world.set("1@E"), world.set("9@W")),
        ("1@E 5@W".into(), "9@W".into())
    );
    world.update("9@W", "花子");
    assert_eq!(world.set("1@E"), "1@E 9@W 5@W");
}

#[test]
fn a_repeated_feed_changes_nothing() {
    let mut world = World::new();
    world.register("1@E 7@W", "花子");
    let (changes, writes) = (world.changes(), world.writes.len());
    world.register("1@E 7@W", "花子").update("1@E 7@W", "花子");
    assert_eq!((world.changes(), world.writes.len()), (changes, writes));
}

#[test]
fn a_wrong_link_undone_by_an_operator_is_never_made_again() {
    let mut world = World::new();
    world.register("1@E", "花子").register("9@W", "花子");
    world.unlink("1@E", "9@W");
    assert_eq!(world.set("1@E"), "1@E");
    world
        .update("1@E", "月子")
        .update("1@E", "花子")
        .update("9@W", "月子")
        .update("9@W", "花子");
    assert_eq!((world.set("1@E"), world.open_reviews()), ("1@E".into(), 0));
    world.register("5@W", "花子");
    assert!(
        ["1@E 5@W", "5@W"].contains(&world.set("5@W").as_str()) || world.set("5@W") == "9@W 5@W"
    );
    assert!(
        !world.set("1@E").contains("9@W"),
        "not by way of a third either"
    );
}

#[test]
fn a_link_by_an_operator_outlives_other_demographics() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("9@W", "月子")
        .link("1@E", "9@W");
    assert_eq!(world.set("9@W"), "1@E 9@W");
    world.update("9@W", "雪子");
    assert_eq!(world.set("9@W"), "1@E 9@W");
    world.unlink("9@W", "1@E");
    assert_eq!(world.set("9@W"), "9@W");
}

#[test]
fn v2_r_082_a_link_of_unknown_ids_makes_no_patient_and_holds_when_they_appear() {
    let mut world = World::new();
    world.register("1@E", "花子").link("1@E", "9@W");
    assert_eq!(
        (world.set("1@E"), world.set("9@W")),
        ("1@E".into(), String::new())
    );
    world.register("9@W", "月子");
    assert_eq!(world.set("9@W"), "1@E 9@W");
    world.unlink("4@E", "5@W");
    assert_eq!(world.set("4@E"), "");
}

#[test]
fn v2_r_014_a_merge_replaces_the_id_and_keeps_what_was_stated() {
    let mut world = World::new();
    world.register("1@E 7@W", "花子").register("2@E", "雪子");
    world.merge("2@E", "1@E", false).unwrap();
    assert_eq!(
        (world.set("2@E"), world.set("1@E")),
        ("7@W 2@E".into(), String::new())
    );
    let changes = world.changes();
    world.merge("2@E", "1@E", false).unwrap();
    assert_eq!(world.changes(), changes, "repeated: nothing");
    world.register("3@E", "月子");
    world.merge("3@E", "2@E", false).unwrap();
    assert_eq!(world.set("3@E"), "7@W 3@E");
}

#[test]
fn v2_r_016_bad_merges_are_refused_and_change_nothing() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("2@E", "雪子")
        .register("3@E", "月子");
    let merge_of = |pairs: &[(&str, &str)]| Action::Merge {
        patient: PatientRecord::identified(id(pairs[0].0)),
        merges: pairs.iter().map(|(a, b)| merge(a, b)).collect(),
        lenient: false,
    };
    assert_eq!(
        world.refused(merge_of(&[("1@E", "6@E")])),
        ["204 MRG^1^1^1^1"]
    );
    assert_eq!(
        world.refused(merge_of(&[("1@E", "1@E")])),
        ["205 MRG^1^1^1^1"]
    );
    assert_eq!(
        world
            .refused(merge_of(&[("1@E", "2@E"), ("2@E", "1@E")]))
            .len(),
        2,
        "a cycle"
    );
    world.merge("2@E", "1@E", false).unwrap();
    assert_eq!(
        world.refused(merge_of(&[("3@E", "1@E")])),
        ["204 MRG^1^1^1^1"]
    );
    assert_eq!(world.refused(merge_of(&[("1@E", "2@E")])), ["204 PID^1^3"]);
    assert_eq!(
        world.refused(Action::Update {
            patient: patient("1@E", "花")
        }),
        ["204 PID^1^3"]
    );
}

#[test]
fn v2_r_080_a_lenient_merge_of_an_unknown_id_is_no_action_and_to_an_unknown_one_a_change_of_id() {
    let mut world = World::new();
    world.merge("1@E", "2@E", true).unwrap();
    assert_eq!(world.set("1@E"), "");
    world.register("2@E", "花子").register("9@W", "花子");
    world.merge("1@E", "2@E", true).unwrap();
    assert_eq!(
        (world.set("1@E"), world.set("2@E")),
        ("9@W 1@E".into(), String::new())
    );
}

#[test]
fn v2_r_081_an_id_becomes_another_unless_that_is_taken() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("9@W", "花子")
        .register("2@E", "月子");
    let change = |to: &str, from: &str| Action::ChangeId {
        pairs: vec![merge(to, from)],
    };
    assert_eq!(world.refused(change("2@E", "1@E")), ["205 PID^1^3"]);
    world.run(change("5@E", "1@E"));
    assert_eq!(
        (world.set("9@W"), world.set("1@E")),
        ("9@W 5@E".into(), String::new())
    );
    let changes = world.changes();
    world.run(change("5@E", "1@E")).run(change("7@E", "8@E"));
    assert_eq!(
        (world.changes(), world.set("7@E")),
        (changes, String::new())
    );
}

#[test]
fn a_merged_id_takes_no_update_but_may_be_registered_again() {
    let mut world = World::new();
    world.register("1@E", "花子").register("2@E", "雪子");
    world.merge("2@E", "1@E", false).unwrap();
    let further = Action::Register {
        patient: patient("2@E 1@E", "雪子"),
    };
    assert_eq!(world.refused(further), ["204 PID^1^3"]);
    world.register("1@E", "月子");
    assert_eq!(world.set("1@E"), "1@E");
}

#[test]
fn what_contradicts_goes_to_review_and_an_operator_decides() {
    let mut world = World::new();
    let mut other = patient("9@W", "花子");
    other.birth_date = "19580313".into();
    world.register("1@E", "花子").run(Action::Register {
        patient: other.clone(),
    });
    assert_eq!((world.set("9@W"), world.open_reviews()), ("9@W".into(), 1));
    world.run(Action::Accept { review: 1 });
    assert_eq!(
        (world.set("9@W"), world.open_reviews()),
        ("1@E 9@W".into(), 0)
    );
    assert_eq!(
        world.refused(Action::Reject { review: 1 }).len(),
        1,
        "decided already"
    );
    other.ids = vec![id("8@W")];
    other.names[0].given = "雪子".into();
    world
        .register("2@E", "雪子")
        .run(Action::Register { patient: other });
    world.run(Action::Reject { review: 2 });
    world.update("8@W", "雪子");
    assert_eq!(
        (world.set("8@W"), world.open_reviews()),
        ("8@W".into(), 0),
        "and never again"
    );
}

#[test]
fn moving_an_id_parts_it_for_good() {
    let mut world = World::new();
    world
        .register("1@E", "花子")
        .register("9@W", "花子")
        .register("2@E", "雪子");
    world.run(Action::Move {
        id: id("9@W"),
        to: id("2@E"),
    });
    assert_eq!(
        (world.set("1@E"), world.set("2@E")),
        ("1@E".into(), "9@W 2@E".into())
    );
    world.update("1@E", "花").update("1@E", "花子");
    assert_eq!(world.set("1@E"), "1@E");
    let unknown = Action::Move {
        id: id("77@E"),
        to: id("1@E"),
    };
    assert_eq!(world.refused(unknown), ["204 PID^1^3^1^1"]);
}

#[test]
fn an_id_no_longer_in_use_is_in_no_set() {
    let mut world = World::new();
    world.register("1@E", "花子").register("9@W", "花子");
    world.run(Action::Deactivate { id: id("1@E") });
    assert_eq!(
        (world.set("1@E"), world.set("9@W")),
        (String::new(), "9@W".into())
    );
    world.register("1@E", "花子");
    assert_eq!(world.set("1@E"), "1@E 9@W");
}
