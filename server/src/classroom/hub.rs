//! Wakes whoever follows a learner's stream. It carries numbers only; the events are read from the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::store::Recorded;

/// The followers of each learner's stream. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub {
    followers: Arc<Mutex<HashMap<String, watch::Sender<i64>>>>,
}

impl Hub {
    /// Follows a stream: changes whenever it has a newer event.
    pub fn follow(&self, stream: &str) -> watch::Receiver<i64> {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.entry(stream.to_owned()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Says that the stream has an event with this number.
    pub fn announce(&self, learner: &str, recorded: &Recorded) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        for (stream, number) in
            [(learner, recorded.sequence), (recorded.class_id.as_str(), recorded.class_sequence)]
        {
            let Some(sender) = followers.get(stream) else { continue };
            if sender.receiver_count() == 0 {
                followers.remove(stream);
            } else {
                sender.send_if_modified(|last| std::mem::replace(last, number.max(*last)) < number);
            }
        }
    }

    /// Wakes a stream's followers although it has nothing new: who may read it has changed.
    pub fn nudge(&self, stream: &str) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = followers.get(stream) else { return };
        if sender.receiver_count() == 0 {
            followers.remove(stream);
        } else {
            sender.send_modify(|_| {});
        }
    }

    /// How many streams are followed.
    pub fn len(&self) -> usize {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|_, sender| sender.receiver_count() > 0);
        followers.len()
    }

    /// Whether no stream is followed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
