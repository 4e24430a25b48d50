//! What becomes of a telling: a new event, one more time of an event that is there, or nothing now. Pure.
//!
//! The rules are those of the two recorders that Kubernetes has. Controllers and kubelets count the
//! same event; of many that differ in their message only, the tenth and later ones become one; and
//! who tells too much of one object is counted on, but written rarely. What the scheduler tells of
//! the same version of an object is a series: its first event stays, message included, and counts
//! all that follow; the count is written the second time, then twice an hour, and when the series
//! has ended.
//!
//! **Invariant:** what is remembered is bounded: what was not told for longest is forgotten first.
//! No two events have the same name.
//!
//! **Deliberately absent:** the last count of a series that is forgotten, or that goes on while the
//! program ends.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::recent::Recent;
use super::{Source, Telling, Type};

/// How many messages of one sort are told apart, and for how long after the last one.
const TOLD_APART: usize = 10;
const SIMILAR_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How much a source may write about one object at once, and when it may write once more.
const AT_ONCE: u32 = 25;
const ONCE_MORE: SignedDuration = SignedDuration::from_mins(5);
/// How often the count of a series is written, and after which silence a series has ended.
const SERIES_WRITTEN: SignedDuration = SignedDuration::from_mins(30);
const SERIES_ENDED: SignedDuration = SignedDuration::from_mins(6);

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// The event's name.
    pub(super) name: String,
    pub(super) message: String,
    /// How often it has been told; once means that the event is new.
    pub(super) count: u32,
    pub(super) first: Timestamp,
}

/// Remembers what has been told.
#[derive(Default)]
pub(super) struct Correlator {
    told: Recent<Same, Told>,
    series: Recent<Same, Series>,
    similar: Recent<Similar, Messages>,
    budgets: Recent<(Source, String), Budget>,
    names: Names,
}

/// Gives events their names.
#[derive(Default)]
struct Names {
    /// The nanosecond of the last name.
    last: u64,
}

/// What makes two tellings the same event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    similar: Similar,
    /// What the source goes by as well: the field, or the version of the object.
    which: String,
    /// `None` for those that were combined, and for series.
    message: Option<String>,
}

/// What tellings have in common that differ in their message only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Similar {
    source: Source,
    uid: String,
    kind: Type,
    reason: String,
}

struct Told {
    name: String,
    count: u32,
    first: Timestamp,
}

struct Series {
    /// As it was told first, but with the instant of the last time.
    telling: Telling,
    told: Told,
    /// When the count was written, and what it was.
    written: (Timestamp, u32),
}

struct Messages {
    apart: BTreeSet<String>,
    last: Timestamp,
}

struct Budget {
    left: u32,
    /// Since when it has been growing.
    since: Timestamp,
}

impl Correlator {
    /// Takes a telling in and says what is to be written, if anything.
    pub(super) fn note(&mut self, telling: &Telling) -> Option<Report> {
        match telling.source {
            Source::Classic { .. } => self.classic(telling),
            Source::Scheduler { .. } => self.series(telling),
        }
    }

    fn classic(&mut self, telling: &Telling) -> Option<Report> {
        let combined = self.is_one_of_many(telling);
        let which = telling.about.field_path.clone().unwrap_or_default();
        let message = &telling.message;
        let same = Same {
            similar: similar(telling),
            which: if combined { String::new() } else { which },
            message: (!combined).then(|| message.clone()),
        };
        let told = self.told.entry(same, || self.names.first(telling));
        told.count += 1;
        let message = if combined {
            format!("(combined from similar events): {message}")
        } else {
            message.clone()
        };
        let report = told.report(message);
        self.may_write(telling).then_some(report)
    }

    fn is_one_of_many(&mut self, telling: &Telling) -> bool {
        let new = || Messages { apart: BTreeSet::new(), last: telling.at };
        let messages = self.similar.entry(similar(telling), new);
        if telling.at.duration_since(messages.last) > SIMILAR_FOR {
            messages.apart.clear();
        }
        messages.last = telling.at;
        messages.apart.insert(telling.message.clone());
        let many = messages.apart.len() >= TOLD_APART;
        if many {
            messages.apart.pop_first();
        }
        many
    }

    fn may_write(&mut self, telling: &Telling) -> bool {
        let key = (telling.source.clone(), uid(telling));
        let budget = self.budgets.entry(key, || Budget { left: AT_ONCE, since: telling.at });
        while budget.left < AT_ONCE && telling.at.duration_since(budget.since) >= ONCE_MORE {
            budget.left += 1;
            budget.since += ONCE_MORE;
        }
        if budget.left == AT_ONCE {
            budget.since = telling.at;
        }
        let may = budget.left > 0;
        budget.left = budget.left.saturating_sub(1);
        may
    }

    fn series(&mut self, telling: &Telling) -> Option<Report> {
        let same = Same {
            similar: similar(telling),
            which: telling.about.resource_version.clone().unwrap_or_default(),
            message: None,
        };
        let series = self.series.entry(same, || Series {
            telling: telling.clone(),
            told: self.names.first(telling),
            written: (telling.at, 0),
        });
        series.told.count += 1;
        series.telling.at = telling.at;
        (series.told.count <= 2).then(|| series.write(telling.at))
    }

    /// What is to be written of series now: the counts of those that have ended, which are forgotten, and of those whose
    /// count was not written for long.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<(Telling, Report)> {
        let mut due = Vec::new();
        self.series.retain(|series| {
            let ended = now.duration_since(series.telling.at) > SERIES_ENDED;
            let (at, count) = series.written;
            let old = now.duration_since(at) >= SERIES_WRITTEN;
            if (ended || old) && series.told.count > count {
                due.push((series.telling.clone(), series.write(now)));
            }
            !ended
        });
        due
    }
}

impl Series {
    fn write(&mut self, now: Timestamp) -> Report {
        self.written = (now, self.told.count);
        self.told.report(self.telling.message.clone())
    }
}

impl Told {
    fn report(&self, message: String) -> Report {
        Report { name: self.name.clone(), message, count: self.count, first: self.first }
    }
}

impl Names {
    /// Something that is about to be told for the first time.
    fn first(&mut self, telling: &Telling) -> Told {
        let object = telling.about.name.as_deref().unwrap_or_default();
        let nanoseconds = u64::try_from(telling.at.as_nanosecond()).unwrap_or_default();
        self.last = nanoseconds.max(self.last + 1);
        Told { name: format!("{object}.{:x}", self.last), count: 0, first: telling.at }
    }
}

fn similar(telling: &Telling) -> Similar {
    Similar {
        source: telling.source.clone(),
        uid: uid(telling),
        kind: telling.kind,
        reason: telling.reason.clone(),
    }
}

fn uid(telling: &Telling) -> String {
    telling.about.uid.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ObjectReference;

    use super::*;

    const KUBELET: Source = Source::Classic { component: "kubelet", host: String::new() };
    const SCHEDULER: Source = Source::Scheduler { action: "Scheduling" };

    fn telling(source: Source, message: &str, seconds: i64) -> Telling {
        Telling {
            about: ObjectReference {
                name: Some("web".to_owned()),
                uid: Some("uid".to_owned()),
                resource_version: Some("7".to_owned()),
                ..Default::default()
            },
            source,
            kind: Type::Warning,
            reason: "Failed".to_owned(),
            message: message.to_owned(),
            at: Timestamp::from_second(1_000_000 + seconds).unwrap(),
        }
    }

    fn counts(reports: impl Iterator<Item = Option<Report>>) -> Vec<Option<u32>> {
        reports.map(|report| report.map(|it| it.count)).collect()
    }

    #[test]
    fn the_same_again_is_counted_on_the_first_event() {
        let mut correlator = Correlator::default();

        let first = correlator.note(&telling(KUBELET, "no", 0)).unwrap();
        let second = correlator.note(&telling(KUBELET, "no", 60)).unwrap();

        assert_eq!((first.count, second.count), (1, 2));
        assert_eq!((&second.name, second.first), (&first.name, first.first));
    }

    #[test]
    fn the_tenth_of_similar_events_and_all_that_follow_are_one() {
        let mut correlator = Correlator::default();

        let mut reports = (0..12)
            .map(|number| correlator.note(&telling(KUBELET, &format!("no {number}"), number)))
            .map(Option::unwrap);

        assert!(reports.by_ref().take(9).all(|it| it.count == 1 && it.message.starts_with("no")));
        let rest: Vec<Report> = reports.collect();
        assert_eq!(rest[0].message, "(combined from similar events): no 9");
        assert_eq!(rest[2].message, "(combined from similar events): no 11");
        assert_eq!(rest.iter().map(|it| it.count).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(rest.iter().all(|it| it.name == rest[0].name));
    }

    #[test]
    fn similar_events_far_apart_stay_apart() {
        let mut correlator = Correlator::default();

        for number in 0..20 {
            let later = telling(KUBELET, &format!("no {number}"), number * 601);
            assert!(!correlator.note(&later).unwrap().message.starts_with('('));
        }
    }

    #[test]
    fn who_tells_too_much_is_counted_and_written_every_five_minutes() {
        let mut correlator = Correlator::default();

        let told = (0..62).map(|number| correlator.note(&telling(KUBELET, "no", number * 10)));
        let told = counts(told);

        assert!(told[..25].iter().all(Option::is_some));
        let later: Vec<u32> = told[25..].iter().flatten().copied().collect();
        assert_eq!(later, [31, 61], "after five and ten minutes");
    }

    #[test]
    fn what_is_told_at_one_instant_has_names_of_its_own() {
        let mut correlator = Correlator::default();
        let tellings = [
            telling(KUBELET, "no", 0),
            telling(KUBELET, "neither", 0),
            telling(SCHEDULER, "no", 0),
            telling(KUBELET, "nor before", -1),
        ];

        let names: BTreeSet<String> =
            tellings.iter().map(|it| correlator.note(it).unwrap().name).collect();

        assert_eq!(names.len(), tellings.len(), "{names:?}");
    }

    #[test]
    fn a_series_is_written_the_second_time_then_twice_an_hour_and_when_it_has_ended() {
        let mut correlator = Correlator::default();
        let mut written = Vec::new();

        for minute in 0..60 {
            let now = telling(SCHEDULER, "no", minute * 60);
            let told = minute % 5 == 0 && minute < 50;
            let noted = told.then(|| correlator.note(&now)).flatten();
            let due = correlator.due(now.at).into_iter().map(|(_, report)| report);
            written.extend(noted.into_iter().chain(due).map(|report| (minute, report.count)));
        }

        assert_eq!(written, [(0, 1), (5, 2), (35, 8), (52, 10)]);
    }

    #[test]
    fn a_series_keeps_its_first_message_and_its_last_instant() {
        let mut correlator = Correlator::default();
        let first = correlator.note(&telling(SCHEDULER, "0/1 nodes", 0)).unwrap();
        for (message, seconds) in [("0/2 nodes", 10), ("0/3 nodes", 20)] {
            correlator.note(&telling(SCHEDULER, message, seconds));
        }

        let due = correlator.due(telling(SCHEDULER, "", 400).at);

        let [(told, report)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!(*report, Report { count: 3, ..first });
        assert_eq!(told.at, telling(SCHEDULER, "", 20).at);
        assert_eq!(report.message, "0/1 nodes");
    }

    #[test]
    fn what_was_told_once_ends_without_a_word() {
        let mut correlator = Correlator::default();
        correlator.note(&telling(SCHEDULER, "no", 0));

        assert_eq!(correlator.due(telling(SCHEDULER, "", 400).at).len(), 0);
    }

    #[test]
    fn a_series_ends_with_another_version_of_the_object_and_with_silence() {
        let mut correlator = Correlator::default();
        let mut changed = telling(SCHEDULER, "no", 10);
        changed.about.resource_version = Some("8".to_owned());

        let told = [telling(SCHEDULER, "no", 0), changed, telling(SCHEDULER, "no", 371)];
        let counted = told.iter().map(|it| {
            correlator.due(it.at);
            correlator.note(it)
        });

        assert_eq!(counts(counted), [Some(1); 3]);
    }
}
