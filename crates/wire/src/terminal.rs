//! The text frames of the terminal's WebSocket; binary frames are bytes of the terminal.

use serde::{Deserialize, Serialize};

/// What the browser sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum ToTerminal {
    /// The terminal has another size now.
    Resize {
        /// Columns, 2 to 500.
        cols: u16,
        /// Rows, 1 to 300.
        rows: u16,
    },
    /// This many bytes in all have been drawn. Whoever acknowledges too little is sent no more.
    Ack {
        /// The total since the connection began, not since the last acknowledgement.
        bytes: u64,
    },
    /// From now on this one types: its window has been turned to.
    Take,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum FromTerminal {
    /// The shell is there; what follows repaints the screen.
    Ready {
        /// So many of the bytes that follow have been shown before; what they say is the past.
        replays: u64,
    },
    /// Several windows show this shell, and this one types: it was told otherwise before.
    Typing,
    /// Another window types. Typing here, or `take`, takes the keyboard over.
    Watching {
        /// What happened and what to do, in the reader's language.
        text: String,
    },
    /// The shell has ended.
    Exit,
    /// No shell can run here, or not any more.
    Unavailable {
        /// Stable, e.g. `no-toolbox` or `lab-ended`.
        code: String,
        /// Why and what to do, in the reader's language.
        text: String,
    },
}
