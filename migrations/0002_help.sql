-- Raised hands, and what instructors say: kept, so that a page that is loaded later shows both.

ALTER TABLE learner ADD COLUMN help_raised_at BIGINT;
ALTER TABLE learner ADD COLUMN help_note TEXT NOT NULL DEFAULT '';
-- Announcements up to this moment have been read and put away.
ALTER TABLE learner ADD COLUMN dismissed_at BIGINT NOT NULL DEFAULT 0;

-- When something was last said to anyone in the class: most pages need not look further.
ALTER TABLE class ADD COLUMN announced_at BIGINT;

CREATE TABLE announcement (
    id TEXT PRIMARY KEY,
    class_id TEXT NOT NULL REFERENCES class (id),
    text TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    everyone BIGINT NOT NULL
);

CREATE INDEX announcement_of_class ON announcement (class_id, said_at);

CREATE TABLE announcement_to (
    announcement_id TEXT NOT NULL REFERENCES announcement (id),
    learner_id TEXT NOT NULL REFERENCES learner (id),
    PRIMARY KEY (announcement_id, learner_id)
);

CREATE INDEX announcement_of_learner ON announcement_to (learner_id);
