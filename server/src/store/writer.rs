//! Group commit: everything that waits to be written shares one durable transaction.
//!
//! SQLite has one writer, and a durable commit costs a disk flush; a hundred results that arrive
//! together cost one. Each job runs in its own savepoint, so that one that fails takes nothing with
//! it. PostgreSQL groups commits by itself: there each job is its own transaction.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tracing::info_span;

use super::database::Database;
use super::ending::{self, Ended};
use super::health::Health;
use super::marks::{Marks, Touched};
use super::{Connection, Error, Statement};
use crate::tasks::run_beside;

/// How many jobs share one transaction at most.
const BATCH: usize = 256;
/// How many jobs may wait; more make their callers wait.
const QUEUE: usize = 4096;

/// Tells the caller, once it is known how the transaction ended.
type Acknowledge = Box<dyn FnOnce(&Ended) + Send>;
/// What writes, within a transaction; without one it is told why there is none.
type Job = Box<
    dyn for<'t> FnOnce(Result<&'t mut Connection, &'t Ended>) -> BoxFuture<'t, (bool, Acknowledge)>
        + Send,
>;

/// What the writing task is told.
enum Order {
    Write(Job),
    /// Commit what came before, say so, and end.
    Close(oneshot::Sender<()>),
}

#[derive(Clone)]
pub(super) struct Writer {
    /// `None` on PostgreSQL.
    orders: Option<mpsc::Sender<Order>>,
    marks: Marks,
    health: Health,
}

impl Writer {
    pub(super) async fn start(database: &Database) -> Result<Self, Error> {
        let (marks, health) = (Marks::new(), Health::default());
        match database {
            Database::Sqlite { .. } => {
                let connection = database.writer().await?;
                let (orders, waiting) = mpsc::channel(QUEUE);
                run_beside(info_span!("writer"), run(connection, waiting));
                Ok(Self { orders: Some(orders), marks, health })
            }
            Database::Postgres(_) => Ok(Self { orders: None, marks, health }),
        }
    }

    /// The marks, where nobody else writes.
    pub(super) fn marks(&self) -> Option<&Marks> {
        self.orders.is_some().then_some(&self.marks)
    }

    /// How writing goes.
    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    pub(super) async fn write<T, F>(
        &self,
        database: &Database,
        touched: Touched,
        job: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        let written = self.give(database, touched, job).await;
        let error = written.as_ref().err();
        if let Some(why) = error.and_then(Error::refusal) {
            metrics::counter!("hangar_writes_refused_total", "why" => why.word()).increment(1);
        }
        self.health.note(error);
        written
    }

    /// Writes what changes nothing, to see how that goes. It is nobody's: nobody is refused, and what is kept of readers stays.
    pub(super) async fn probe(&self, database: &Database, nothing: Statement) {
        let job = self.give(database, "nobody".into(), move |connection| {
            Box::pin(connection.execute(nothing))
        });
        let written = job.await;
        self.health.note(written.as_ref().err());
    }

    /// Gives the job to whoever writes, and waits for the answer.
    async fn give<T, F>(&self, database: &Database, touched: Touched, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job = answering(sender, self.marks.clone(), touched, job);
        let closed = || Error::NotCommitted(Arc::new(Error::Closed));
        if let Some(orders) = &self.orders {
            orders.send(Order::Write(job)).await.map_err(|_| closed())?;
        } else {
            // In a task of its own, so that a caller who goes away leaves no open transaction.
            let connection = database.writer().await?;
            let work = alone(database.clone(), connection, job);
            run_beside(info_span!("transaction"), work);
        }
        receiver.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Returns when the writing task has ended; never where there is none.
    pub(super) async fn ended(&self) {
        match &self.orders {
            Some(orders) => orders.closed().await,
            None => std::future::pending().await,
        }
    }

    /// Returns when everything that was asked for before has been written; nothing is written after.
    pub(super) async fn close(&self) {
        let Some(orders) = &self.orders else { return };
        let (sender, receiver) = oneshot::channel();
        if orders.send(Order::Close(sender)).await.is_ok() {
            // An error means that the task has ended already.
            let _ = receiver.await;
        }
    }
}

async fn run(mut connection: Connection, mut waiting: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut orders, BATCH).await > 0 {
        let mut jobs = Vec::with_capacity(orders.len());
        let mut closing = None;
        for order in orders.drain(..) {
            match order {
                Order::Write(job) => jobs.push(job),
                Order::Close(sender) => closing = Some(sender),
            }
        }
        if !jobs.is_empty() {
            write_together(&mut connection, jobs).await;
        }
        if let Some(sender) = closing {
            // The connection goes back first: whoever closes waits for it.
            drop(connection);
            // Whoever closes may have gone meanwhile.
            let _ = sender.send(());
            return;
        }
    }
}

/// The job as it is queued: it keeps what came of it until it is known how the transaction ended.
fn answering<T, F>(
    sender: oneshot::Sender<Result<T, Error>>,
    marks: Marks,
    touched: Touched,
    job: F,
) -> Job
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
{
    Box::new(move |connection| {
        async move {
            let result = match connection {
                Ok(connection) => job(connection).await,
                Err(ended) => Err(ended.error().unwrap_or(Error::Closed)),
            };
            let worked = result.is_ok();
            let acknowledge: Acknowledge = Box::new(move |ended| {
                // Here, not where the caller waits: the caller may have gone.
                marks.note(&touched);
                let answer = match ended.error() {
                    Some(error) if worked => Err(error),
                    Some(_) | None => result,
                };
                // A caller that has gone does not want to know.
                drop(sender.send(answer));
            });
            (worked, acknowledge)
        }
        .boxed()
    })
}

async fn write_together(connection: &mut Connection, jobs: Vec<Job>) {
    let mut acknowledgements = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    let ended = match work(connection, &mut jobs, &mut acknowledgements).await {
        Ok(()) => ending::commit(connection).await,
        Err(error) => Ended::undone(error),
    };
    if !matches!(ended, Ended::Committed) {
        // Where even this fails there is no transaction to take back.
        drop(connection.script("ROLLBACK").await);
        for job in jobs {
            let (_, acknowledge) = job(Err(&ended)).await;
            acknowledgements.push(acknowledge);
        }
    }
    for acknowledge in acknowledgements {
        acknowledge(&ended);
    }
}

/// Begins a transaction, and does each job in it.
async fn work(
    connection: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    acknowledgements: &mut Vec<Acknowledge>,
) -> Result<(), Error> {
    connection.begin().await?;
    for job in jobs {
        connection.script("SAVEPOINT job").await?;
        let (worked, acknowledge) = job(Ok(connection)).await;
        acknowledgements.push(acknowledge);
        let end = if worked { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        connection.script(end).await?;
    }
    Ok(())
}

/// One job in a transaction of its own, on PostgreSQL.
async fn alone(database: Database, mut connection: Connection, job: Job) {
    let id = match connection.begin().await {
        Ok(id) => id,
        Err(error) => {
            // It may have begun all the same; the next one who gets this connection must not be in it.
            drop(connection.script("ROLLBACK").await);
            let (_, acknowledge) = job(Err(&Ended::undone(error))).await;
            return acknowledge(&Ended::Committed);
        }
    };
    let work = AssertUnwindSafe(job(Ok(&mut connection))).catch_unwind().await;
    let Ok((worked, acknowledge)) = work else {
        tracing::error!("What was to be written panicked; nothing of it is kept");
        drop(connection.script("ROLLBACK").await);
        return;
    };
    let ended = if worked {
        match (ending::commit(&mut connection).await, id) {
            (Ended::InDoubt(error), Some(id)) => {
                drop(connection);
                ending::find_out(&database, &id, error).await
            }
            (ended, _) => ended,
        }
    } else {
        // What the job said is the answer; a connection that cannot even do this is given up by itself.
        drop(connection.script("ROLLBACK").await);
        Ended::Committed
    };
    acknowledge(&ended);
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::super::{Refusal, Store, sql};

    #[test]
    fn what_is_only_tried_is_noted_and_does_not_count_as_refused() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = recorder.handle();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("hangar.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let look = async {
            let store = Store::open(&url).await.unwrap();
            let close = sql("PRAGMA query_only = ON");
            store.write(|connection| Box::pin(connection.execute(close))).await.unwrap();

            store.writer.probe(&store.database, sql("UPDATE installation SET id = id")).await;
            let tried = (store.refuses(), metrics.render());
            store.installation("hangar", 1).await.unwrap_err();
            (tried, metrics.render())
        };

        let ((noted, tried), counted) =
            metrics::with_local_recorder(&recorder, || runtime.block_on(look));

        assert_eq!(noted, Some(Refusal::ReadOnly));
        assert!(!tried.contains("hangar_writes_refused_total"), "{tried}");
        let one = "hangar_writes_refused_total{why=\"read-only\"} 1\n";
        assert!(counted.contains(one), "{counted}");
    }
}
