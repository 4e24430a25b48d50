//! Group commit: everything that waits to be written shares one durable transaction.
//!
//! SQLite has one writer, and a durable commit costs a disk flush; a hundred results that arrive
//! together cost one. Each job runs in its own savepoint, so that one that fails takes nothing with
//! it. PostgreSQL groups commits by itself: there each job is its own transaction.

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tracing::info_span;

use super::database::Database;
use super::marks::{Marks, Touched};
use super::{Connection, Error};
use crate::tasks::run_beside;

/// How many jobs share one transaction at most.
const BATCH: usize = 256;
/// How many jobs may wait; more make their callers wait.
const QUEUE: usize = 4096;

/// Tells the caller, once it is known whether the transaction was committed.
type Acknowledge = Box<dyn FnOnce(Result<(), String>) + Send>;
/// What writes, within a transaction; without one it is told why there is none.
type Job = Box<
    dyn for<'t> FnOnce(Result<&'t mut Connection, &'t str>) -> BoxFuture<'t, (bool, Acknowledge)>
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
}

impl Writer {
    pub(super) async fn start(database: &Database) -> Result<Self, Error> {
        let marks = Marks::new();
        match database {
            Database::Sqlite { .. } => {
                let connection = database.writer().await?;
                let (orders, waiting) = mpsc::channel(QUEUE);
                run_beside(info_span!("writer"), run(connection, waiting));
                Ok(Self { orders: Some(orders), marks })
            }
            Database::Postgres(_) => Ok(Self { orders: None, marks }),
        }
    }

    /// The marks, where nobody else writes.
    pub(super) fn marks(&self) -> Option<&Marks> {
        self.orders.is_some().then_some(&self.marks)
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
        let (sender, receiver) = oneshot::channel();
        let marks = self.marks.clone();
        let job: Job = Box::new(move |connection| {
            async move {
                let result = match connection {
                    Ok(connection) => job(connection).await,
                    Err(why) => Err(Error::NotCommitted(why.to_owned())),
                };
                let worked = result.is_ok();
                let acknowledge: Acknowledge = Box::new(move |committed| {
                    // Here, not where the caller waits: the caller may have gone.
                    marks.note(&touched);
                    let answer = match committed {
                        Err(why) if worked => Err(Error::NotCommitted(why)),
                        Err(_) | Ok(()) => result,
                    };
                    // A caller that has gone does not want to know.
                    drop(sender.send(answer));
                });
                (worked, acknowledge)
            }
            .boxed()
        });
        if let Some(orders) = &self.orders {
            let closed = |_| Error::NotCommitted("the database is closed".to_owned());
            orders.send(Order::Write(job)).await.map_err(closed)?;
        } else {
            // In a task of its own, so that a caller who goes away leaves no open transaction.
            let connection = database.writer().await?;
            run_beside(info_span!("transaction"), alone(connection, job));
        }
        let unanswered = |_| {
            let why = "the database is being closed, or writing has failed: the log says more";
            Err(Error::NotCommitted(why.to_owned()))
        };
        receiver.await.unwrap_or_else(unanswered)
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

async fn write_together(connection: &mut Connection, jobs: Vec<Job>) {
    let mut acknowledgements = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    let committed = commit(connection, &mut jobs, &mut acknowledgements).await;
    if let Err(why) = &committed {
        tracing::error!(error = why, "A batch of writes was not committed");
        // Where even this fails there is no transaction to take back.
        drop(connection.script("ROLLBACK").await);
        for job in jobs {
            let (_, acknowledge) = job(Err(why)).await;
            acknowledgements.push(acknowledge);
        }
    }
    for acknowledge in acknowledgements {
        acknowledge(committed.clone());
    }
}

async fn commit(
    connection: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    acknowledgements: &mut Vec<Acknowledge>,
) -> Result<(), String> {
    connection.begin().await.map_err(why)?;
    for job in jobs {
        connection.script("SAVEPOINT job").await.map_err(why)?;
        let (worked, acknowledge) = job(Ok(connection)).await;
        acknowledgements.push(acknowledge);
        let end = if worked { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        connection.script(end).await.map_err(why)?;
    }
    connection.script("COMMIT").await.map_err(why)
}

async fn alone(mut connection: Connection, job: Job) {
    let began = connection.begin().await.map_err(why);
    let (worked, acknowledge) = match &began {
        Ok(()) => job(Ok(&mut connection)).await,
        Err(why) => {
            tracing::error!(error = why, "A transaction could not begin");
            job(Err(why)).await
        }
    };
    let ended = match began {
        Ok(()) => connection.script(if worked { "COMMIT" } else { "ROLLBACK" }).await.map_err(why),
        Err(why) => Err(why),
    };
    acknowledge(ended);
}

/// An error with its causes, in one line: several callers are told of it.
#[expect(clippy::needless_pass_by_value, reason = "it is mapped over")]
fn why(error: Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
