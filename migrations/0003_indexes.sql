-- What is asked for by something else than its key: nothing reads a table that grows from one end to the other.

CREATE INDEX lab_of_learner ON lab (learner_id);
CREATE INDEX session_of_instructor ON session (instructor_id);
CREATE INDEX session_by_end ON session (expires_at);
