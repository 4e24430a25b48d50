//! `kubectl`, as learners know it.
