//! Pages and islands: what people see.
