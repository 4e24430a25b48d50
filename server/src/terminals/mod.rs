//! The terminals that are open: each shell once, however many look at it.
//!
//! ```text
//! shell ──► tape (the last 256 KiB, by position) ──► each viewer at its own pace
//! ```
//!
//! **Invariants:** no viewer loses a byte: while one who keeps up is behind, the shell waits. One who has not moved for ten
//! seconds while others look is let go. However many look, one types: the one who typed or turned to it last; when she
//! leaves, the one who came last.

mod answer;
mod tape;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::info_span;

use crate::cluster::{Cluster, Error, LabNames, Terminal, TerminalSize};
use crate::tasks::run_beside;
pub use answer::is_answer;
use tape::{Place, Tape};

/// How many shells one lab may have.
const MOST: usize = 8;
/// How long a viewer may stand still while others look.
const PATIENCE: Duration = Duration::from_secs(10);
/// The number of no viewer.
const NOBODY: u64 = 0;
/// How long a shell stays attached when nobody looks.
const ALONE: Duration = Duration::from_mins(2);

/// By lab and name.
type Sessions = HashMap<(String, String), Arc<Session>>;

/// Every open terminal.
#[derive(Debug, Default)]
pub struct Terminals {
    sessions: Arc<Mutex<Sessions>>,
    /// Held by whoever opens a terminal, one for each; no cluster that hangs stops other labs.
    opening: Mutex<HashMap<(String, String), Opening>>,
}

/// Held while a terminal is being opened.
type Opening = Arc<tokio::sync::Mutex<()>>;

/// One attached shell.
#[derive(Debug)]
pub struct Session {
    input: mpsc::Sender<Bytes>,
    resize: watch::Sender<TerminalSize>,
    /// The viewer who types, by number.
    typist: watch::Sender<u64>,
    tape: Mutex<Tape>,
    /// The position after the last byte; closed when the shell ends.
    written: watch::Sender<u64>,
    ended: watch::Sender<bool>,
    moved: Notify,
    /// Since when nobody looks.
    deserted: Mutex<Option<Instant>>,
    next_viewer: AtomicU64,
}

/// Someone who looks at a terminal. Dropping it looks away.
#[derive(Debug)]
pub struct Viewer {
    session: Arc<Session>,
    id: u64,
    written: watch::Receiver<u64>,
    ended: watch::Receiver<bool>,
    typist: watch::Receiver<u64>,
}

impl Terminals {
    /// Looks at the terminal called `name` of a lab, and attaches to it if nobody does yet.
    pub async fn view(
        &self,
        cluster: &Cluster,
        lab: &LabNames,
        name: &str,
        size: TerminalSize,
    ) -> Result<Viewer, Error> {
        let key = (lab.id.clone(), name.to_owned());
        // Two tabs that open at once share one shell.
        let opening = self.opening(&key);
        let _one_at_a_time = opening.lock().await;
        if let Some(session) = self.sessions().get(&key).filter(|one| !*one.ended.borrow()) {
            return Ok(session.look(size));
        }
        let open = self.sessions().keys().filter(|(of, _)| *of == lab.id).count();
        if open >= MOST {
            return Err(Error::TooManyShells);
        }
        let terminal = cluster.terminal(lab, name, size).await?;
        let Terminal { input, output, resize } = terminal;
        let session = Arc::new(Session::new(input, resize));
        let viewer = session.look(size);
        self.sessions().insert(key.clone(), Arc::clone(&session));
        let sessions = Arc::clone(&self.sessions);
        let span = info_span!("shell", lab.id = lab.id, shell = name);
        run_beside(span, async move {
            record(&session, output).await;
            session.ended.send_replace(true);
            let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.get(&key).is_some_and(|current| Arc::ptr_eq(current, &session)) {
                sessions.remove(&key);
            }
        });
        Ok(viewer)
    }

    /// The turn of those who open one terminal; turns that nobody waits for are forgotten.
    fn opening(&self, key: &(String, String)) -> Opening {
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        opening.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(opening.entry(key.clone()).or_default())
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many shells are attached.
    pub fn len(&self) -> usize {
        self.sessions().len()
    }

    /// Whether no shell is attached.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Puts what the shell writes on the tape until it ends or nobody has looked for long.
async fn record(session: &Session, mut output: mpsc::Receiver<Bytes>) {
    loop {
        let bytes = tokio::select! {
            biased;
            () = session.left_alone() => None,
            bytes = output.recv() => bytes,
        };
        let Some(bytes) = bytes else { return };
        session.wait_for_viewers(bytes.len()).await;
        let end = {
            let mut tape = session.tape();
            tape.push(&bytes);
            tape.end()
        };
        session.written.send_replace(end);
    }
}

impl Session {
    fn new(input: mpsc::Sender<Bytes>, resize: watch::Sender<TerminalSize>) -> Self {
        Self {
            input,
            resize,
            typist: watch::Sender::new(NOBODY),
            tape: Mutex::default(),
            written: watch::Sender::new(0),
            ended: watch::Sender::new(false),
            moved: Notify::new(),
            deserted: Mutex::default(),
            next_viewer: AtomicU64::new(NOBODY + 1),
        }
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(self: &Arc<Self>, size: TerminalSize) -> Viewer {
        let id = self.next_viewer.fetch_add(1, Ordering::Relaxed);
        let mut tape = self.tape();
        let seen = tape.beginning();
        tape.viewers.insert(id, Place { seen, size });
        *self.deserted() = None;
        if *self.typist.borrow() == NOBODY {
            self.hand_to(id, &tape);
        }
        drop(tape);
        self.moved.notify_waiters();
        Viewer {
            session: Arc::clone(self),
            id,
            written: self.written.subscribe(),
            ended: self.ended.subscribe(),
            typist: self.typist.subscribe(),
        }
    }

    fn deserted(&self) -> MutexGuard<'_, Option<Instant>> {
        self.deserted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when nobody has looked for a while, however much the shell writes meanwhile.
    async fn left_alone(&self) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let since = *self.deserted();
            match since {
                Some(since) if since.elapsed() >= ALONE => return,
                Some(since) => _ = timeout_at(since + ALONE, moved).await,
                None => moved.await,
            }
        }
    }

    /// From now on this viewer types, and the shell has the size of that window.
    fn hand_to(&self, id: u64, tape: &Tape) {
        // One who was let go looks no more, and does not come back by typing.
        let Some(place) = tape.viewers.get(&id) else { return };
        if self.typist.send_if_modified(|typist| std::mem::replace(typist, id) != id) {
            self.resize.send_replace(place.size);
        }
    }

    /// When the one who types has gone, the one who came last types.
    fn hand_on(&self, tape: &Tape) {
        let typist = *self.typist.borrow();
        match tape.viewers.keys().max() {
            Some(_) if tape.viewers.contains_key(&typist) => {}
            Some(last) => self.hand_to(*last, tape),
            None => drop(self.typist.send_replace(NOBODY)),
        }
    }

    async fn wait_for_viewers(&self, more: usize) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // From here on a move is not missed.
            moved.as_mut().enable();
            if self.tape().has_room(more) {
                return;
            }
            if timeout(PATIENCE, moved).await.is_err() {
                let mut tape = self.tape();
                if tape.viewers.len() > 1 {
                    let slowest = tape.slowest();
                    tape.viewers.retain(|_, place| Some(place.seen) != slowest);
                    self.hand_on(&tape);
                }
            }
        }
    }
}

impl Viewer {
    /// What has not been seen yet, at most `most` bytes; nothing if there is none now, `None` if this viewer was let go.
    pub fn read(&self, most: usize) -> Option<Bytes> {
        let mut tape = self.session.tape();
        let seen = tape.viewers.get(&self.id)?.seen;
        let bytes = tape.read(seen, most);
        tape.viewers.get_mut(&self.id)?.seen += bytes.len() as u64;
        drop(tape);
        if !bytes.is_empty() {
            self.session.moved.notify_waiters();
        }
        Some(bytes)
    }

    /// How much there is that this viewer has not read yet.
    pub fn behind(&self) -> u64 {
        let tape = self.session.tape();
        tape.viewers.get(&self.id).map_or(0, |place| tape.end() - place.seen)
    }

    /// Returns when there may be something new to read, or the shell has ended.
    pub async fn changed(&mut self) {
        tokio::select! {
            _ = self.written.changed() => {}
            _ = self.ended.wait_for(|ended| *ended) => {}
        }
    }

    /// Whether this one types.
    pub fn types(&self) -> bool {
        *self.typist.borrow() == self.id
    }

    /// From now on this one types, and the shell has the size of its window.
    pub fn take(&self) {
        self.session.hand_to(self.id, &self.session.tape());
    }

    /// Returns when this one has begun or ceased to type since `typed`.
    pub fn typing_changed(&self, typed: bool) -> impl Future<Output = ()> + use<> {
        let (mut typist, id) = (self.typist.clone(), self.id);
        // A session that is over has no typist any more; its end is told elsewhere.
        async move { drop(typist.wait_for(|typist| (*typist == id) != typed).await) }
    }

    /// Whether the shell has ended.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Types, at once; gives back what a shell does not take that reads nothing or has gone.
    pub fn write(&self, bytes: Bytes) -> Result<(), TrySendError<Bytes>> {
        self.session.input.try_send(bytes)
    }

    /// Returns when there is room to type into, or the shell has gone.
    pub fn room(&self) -> impl Future<Output = ()> + use<> {
        let input = self.session.input.clone();
        // What is reserved is given back at once: the one who waits is the one who types.
        async move { drop(input.reserve().await) }
    }

    /// This viewer's window has another size now; the shell follows the one who types.
    pub fn resize(&self, size: TerminalSize) {
        let mut tape = self.session.tape();
        if let Some(place) = tape.viewers.get_mut(&self.id) {
            place.size = size;
            if self.types() {
                self.session.resize.send_replace(size);
            }
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut tape = self.session.tape();
        tape.viewers.remove(&self.id);
        if tape.viewers.is_empty() {
            self.session.deserted().get_or_insert_with(Instant::now);
        }
        self.session.hand_on(&tape);
        drop(tape);
        self.session.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use tracing::Span;

    use super::tape::TAPE;
    use super::*;

    const SIZE: TerminalSize = TerminalSize { columns: 80, rows: 24 };

    fn shell() -> (Arc<Session>, mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
        let (input, typed) = mpsc::channel(4);
        let (writer, output) = mpsc::channel(4);
        let session = Arc::new(Session::new(input, watch::Sender::new(SIZE)));
        let recording = Arc::clone(&session);
        run_beside(Span::none(), async move {
            record(&recording, output).await;
            recording.ended.send_replace(true);
        });
        (session, writer, typed)
    }

    async fn read_all(viewer: &mut Viewer, length: usize) -> Vec<u8> {
        let mut seen = Vec::new();
        while seen.len() < length {
            let bytes = viewer.read(8192).expect("this viewer keeps up");
            if bytes.is_empty() {
                viewer.changed().await;
            }
            seen.extend(bytes);
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn a_viewer_who_comes_later_is_shown_the_past() {
        let (session, writer, _typed) = shell();
        let mut first = session.look(SIZE);
        writer.send(Bytes::from_static(b"$ ls\r\nlabs\r\n")).await.unwrap();
        read_all(&mut first, 12).await;
        drop(first);

        let mut second = session.look(SIZE);

        assert_eq!(second.behind(), 12);
        assert_eq!(read_all(&mut second, 12).await, b"$ ls\r\nlabs\r\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_waits_for_a_slow_viewer_and_loses_nothing() {
        let (session, writer, _typed) = shell();
        let mut viewer = session.look(SIZE);
        let flood: Vec<u8> = (0..=255).cycle().take(4 * TAPE).collect();
        let sent = flood.clone();
        run_beside(Span::none(), async move {
            for chunk in sent.chunks(16 * 1024) {
                writer.send(Bytes::copy_from_slice(chunk)).await.unwrap();
            }
        });

        tokio::time::sleep(Duration::from_mins(1)).await;

        assert!(session.tape().length() <= TAPE);
        assert!(read_all(&mut viewer, flood.len()).await == flood);
    }

    #[tokio::test(start_paused = true)]
    async fn a_tab_that_stands_still_does_not_stop_the_others() {
        let (session, writer, _typed) = shell();
        let still = session.look(SIZE);
        let mut moving = session.look(SIZE);
        run_beside(Span::none(), async move {
            for _ in 0..64 {
                writer.send(Bytes::from(vec![b'x'; 16 * 1024])).await.unwrap();
            }
        });

        read_all(&mut moving, 64 * 16 * 1024).await;

        assert!(still.read(1).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_shell_that_writes_for_nobody_is_let_go() {
        let (session, writer, _typed) = shell();
        let viewer = session.look(SIZE);
        let began = Instant::now();
        drop(viewer);

        while writer.send(Bytes::from_static(b"tick\r\n")).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }

        assert!(began.elapsed() < ALONE + Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn typing_that_nobody_reads_is_refused_and_never_waited_for() {
        let (session, _writer, _typed) = shell();
        let viewer = session.look(SIZE);

        let write = |_| viewer.write(Bytes::from_static(b"x")).is_ok();
        let taken: Vec<bool> = (0..6).map(write).collect();

        assert_eq!(taken, [true, true, true, true, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_shell_is_told() {
        let (session, writer, _typed) = shell();
        let mut viewer = session.look(SIZE);

        drop(writer);

        viewer.changed().await;
        assert!(viewer.has_ended());
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_two_types_and_the_other_is_told() {
        let (session, _writer, _typed) = shell();
        let first = session.look(SIZE);
        let second = session.look(TerminalSize { columns: 40, rows: 10 });
        assert!(first.types() && !second.types());
        assert_eq!(*session.resize.borrow(), SIZE);
        let told = first.typing_changed(true);

        second.take();

        told.await;
        assert!(!first.types() && second.types());
        assert_eq!(session.resize.borrow().columns, 40, "the shell fits the window of who types");
        first.resize(TerminalSize { columns: 100, rows: 30 });
        assert_eq!(session.resize.borrow().columns, 40);
        first.take();
        assert_eq!(session.resize.borrow().columns, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_last_types_when_the_typist_leaves() {
        let (session, _writer, _typed) = shell();
        let first = session.look(SIZE);
        let second = session.look(SIZE);
        let third = session.look(TerminalSize { columns: 40, rows: 10 });
        let told = third.typing_changed(false);

        drop(first);

        told.await;
        assert!(third.types() && !second.types());
        assert_eq!(session.resize.borrow().columns, 40);
        drop(second);
        assert!(third.types());
        drop(third);
        assert!(session.look(SIZE).types(), "whoever comes back types");
    }

    #[tokio::test(start_paused = true)]
    async fn a_typist_who_stands_still_hands_the_keyboard_on() {
        let (session, writer, _typed) = shell();
        let still = session.look(SIZE);
        let mut moving = session.look(SIZE);
        run_beside(Span::none(), async move {
            for _ in 0..64 {
                writer.send(Bytes::from(vec![b'x'; 16 * 1024])).await.unwrap();
            }
        });

        read_all(&mut moving, 64 * 16 * 1024).await;

        assert!(moving.types());
        still.take();
        assert!(moving.types(), "who was let go does not come back by typing");
    }
}
