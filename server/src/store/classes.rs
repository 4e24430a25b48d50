//! Classes and their seats.

use curriculum::Language;

use super::{Error, Row, Store, sql};

/// A class that people join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its id.
    pub id: String,
    /// What learners type to join.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The language that its join page opens in.
    pub language: Language,
    /// How many may join.
    pub seats: i64,
    /// How many have joined.
    pub learners: i64,
    /// From when one may join.
    pub starts_at: Option<i64>,
    /// When joining closes and labs end.
    pub ends_at: Option<i64>,
    /// When something was last said to anyone in it.
    pub announced_at: Option<i64>,
}

pub(super) fn language(row: &Row) -> Result<Language, Error> {
    let value = row.text("language")?;
    value.parse().map_err(|_| Error::Malformed { what: "language", value })
}

fn class(row: &Row) -> Result<Class, Error> {
    Ok(Class {
        id: row.text("id")?,
        code: row.text("code")?,
        name: row.text("name")?,
        language: language(row)?,
        seats: row.integer("seats")?,
        learners: row.integer("learners")?,
        starts_at: row.optional_integer("starts_at")?,
        ends_at: row.optional_integer("ends_at")?,
        announced_at: row.optional_integer("announced_at")?,
    })
}

impl Store {
    /// Adds a class; `false` if its code is taken.
    pub async fn add_class(&self, class: &Class, now: i64) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO class (id, code, name, language, seats, starts_at, ends_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (code) DO NOTHING",
        );
        let insert = insert
            .bind(class.id.as_str())
            .bind(class.code.as_str())
            .bind(class.name.as_str())
            .bind(class.language.code())
            .bind(class.seats)
            .bind(class.starts_at)
            .bind(class.ends_at)
            .bind(now);
        Ok(self.execute(insert).await? == 1)
    }

    /// Moves the end of a class; `false` if there is no class with this code.
    pub async fn set_class_end(&self, code: &str, ends_at: Option<i64>) -> Result<bool, Error> {
        let update = sql("UPDATE class SET ends_at = $2 WHERE code = $1");
        Ok(self.execute(update.bind(code).bind(ends_at)).await? == 1)
    }

    /// The class with a code.
    pub async fn class_by_code(&self, code: &str) -> Result<Option<Class>, Error> {
        let select = sql(
            "SELECT id, code, name, language, seats, learners, starts_at, ends_at, announced_at
             FROM class
             WHERE code = $1",
        );
        self.read_one(select.bind(code)).await?.as_ref().map(class).transpose()
    }

    /// The class with an id.
    pub async fn class_by_id(&self, id: &str) -> Result<Option<Class>, Error> {
        let select = sql(
            "SELECT id, code, name, language, seats, learners, starts_at, ends_at, announced_at
             FROM class
             WHERE id = $1",
        );
        self.read_one(select.bind(id)).await?.as_ref().map(class).transpose()
    }

    /// Every class, newest first.
    pub async fn classes(&self) -> Result<Vec<Class>, Error> {
        let select = sql(
            "SELECT id, code, name, language, seats, learners, starts_at, ends_at, announced_at
             FROM class
             ORDER BY created_at DESC, id",
        );
        self.read(select).await?.iter().map(class).collect()
    }

    /// The number of the class's last event.
    pub async fn class_sequence(&self, class_id: &str) -> Result<i64, Error> {
        let select = sql("SELECT last_sequence FROM class WHERE id = $1").bind(class_id);
        self.read_one(select).await?.map_or(Ok(0), |row| row.integer("last_sequence"))
    }
}
