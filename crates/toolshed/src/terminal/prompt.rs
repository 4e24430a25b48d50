//! The first prompt of a command: who types, in which plane, and where.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::draw::Prompt;
use crate::kubectl;
use crate::shell::Shell;

/// The planes: the variable that names the namespace, then the plane's sign and accent. The colours
/// are those of the page's terminal theme: indigo for the control plane, teal for the data plane.
const PLANES: [(&str, &str, &str); 2] =
    [("CP_NS", "\u{25a0} cp", "\x1b[34m"), ("DP_NS", "\u{25cf} dp", "\x1b[36m")];

/// The prompt of a lab's own terminal: `ada ■ cp ~ $`.
pub(super) fn of_lab(shell: &Shell) -> Prompt {
    let user = shell.get("LEARNER").filter(|name| !name.is_empty());
    let user = plain(&user.unwrap_or_else(|| shell.lab.user.clone()));
    let directory = directory(shell);
    let mut text = format!("\x1b[1m{user}\x1b[m ");
    let mut width = user.width() + 1;
    if let Some((sign, accent)) = plane(shell) {
        let _ = write!(text, "{accent}{sign}\x1b[m ");
        width += sign.width() + 1;
    }
    let _ = write!(text, "{directory} $ ");
    Prompt { text, width: width + directory.width() + 3 }
}

/// The prompt of any other shell: `web-0:/ $`.
pub(super) fn of_machine(shell: &Shell) -> Prompt {
    Prompt::plain(&format!("{}:{} $ ", plain(&shell.lab.hostname), directory(shell)))
}

/// The plane whose namespace kubectl works in.
fn plane(shell: &Shell) -> Option<(&'static str, &'static str)> {
    let variables = shell.exported();
    let namespace = kubectl::namespace(&shell.lab.files, &variables, &shell.directory)?;
    let found = PLANES.iter().find(|(name, ..)| variables.get(*name) == Some(&namespace))?;
    Some((found.1, found.2))
}

fn directory(shell: &Shell) -> String {
    let home = &shell.lab.home;
    plain(&match shell.directory.strip_prefix(home.as_str()) {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("~{rest}"),
        _ => shell.directory.clone(),
    })
}

fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}
