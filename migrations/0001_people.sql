-- People, what they proved, and what they were told. Labs themselves live in Kubernetes; `lab` only says what is wanted.
-- One text for SQLite and PostgreSQL: TEXT ids, BIGINT milliseconds since 1970.

CREATE TABLE installation (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE class (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    seats BIGINT NOT NULL,
    learners BIGINT NOT NULL DEFAULT 0,
    starts_at BIGINT,
    ends_at BIGINT,
    created_at BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL DEFAULT 0,
    CHECK (learners <= seats)
);

CREATE TABLE learner (
    id TEXT PRIMARY KEY,
    class_id TEXT NOT NULL REFERENCES class (id),
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX learner_of_class ON learner (class_id);

CREATE TABLE instructor (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE sign_in_link (
    token_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    learner_id TEXT REFERENCES learner (id),
    instructor_id TEXT REFERENCES instructor (id),
    expires_at BIGINT NOT NULL
);

CREATE INDEX session_of_learner ON session (learner_id);

CREATE TABLE lab (
    id TEXT PRIMARY KEY,
    learner_id TEXT NOT NULL REFERENCES learner (id),
    slug TEXT NOT NULL UNIQUE,
    requested_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    ended_at BIGINT
);

-- A learner has at most one lab that is wanted.
CREATE UNIQUE INDEX lab_wanted ON lab (learner_id) WHERE wanted = 1;
CREATE INDEX lab_not_ended ON lab (requested_at) WHERE ended_at IS NULL;

CREATE TABLE attempt (
    learner_id TEXT NOT NULL REFERENCES learner (id),
    exercise_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    baseline TEXT,
    PRIMARY KEY (learner_id, exercise_id)
);

CREATE TABLE result (
    learner_id TEXT NOT NULL REFERENCES learner (id),
    exercise_id TEXT NOT NULL,
    check_id TEXT NOT NULL,
    state TEXT NOT NULL,
    first_passed_at BIGINT,
    reason TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, exercise_id, check_id)
);

CREATE TABLE event (
    learner_id TEXT NOT NULL REFERENCES learner (id),
    sequence BIGINT NOT NULL,
    class_id TEXT NOT NULL,
    class_sequence BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (learner_id, sequence)
);

CREATE UNIQUE INDEX event_of_class ON event (class_id, class_sequence);
