//! The small tools that lessons use, worded and laid out as coreutils have them.
//!
//! A tool is an async function from [`Context`](crate::tool::Context) to an exit code. What a tool
//! cannot do it refuses by name; what comes with a later lesson is listed in [`refused`].

mod clock;
mod copy;
mod cut;
mod diff;
mod directories;
mod encode;
mod find;
mod grep;
mod head;
mod identity;
mod jq;
mod ls;
mod matcher;
mod nano;
mod options;
mod refused;
mod remove;
mod sed;
mod sed_script;
mod sequence;
mod sort;
mod text;
mod wc;

use crate::kubectl;
use crate::tool::Tool;

pub(crate) use diff::unified;
pub(crate) use refused::{hint, is_refused};

/// Writes a tool's table entry around an async function.
macro_rules! tool {
    ($name:literal, $about:literal, $function:path) => {
        Tool {
            name: $name,
            about: $about,
            run: |context| Box::pin($function(context)),
            complete: None,
        }
    };
}

/// All tools but kubectl and the refused ones.
const TOOLS: &[Tool] = &[
    tool!("base64", "encode or decode base64", encode::base64),
    tool!("basename", "the last name of a path", directories::basename),
    tool!("cat", "print files", text::cat),
    tool!("chmod", "change permissions", copy::chmod),
    tool!("clear", "clear the screen", identity::clear),
    tool!("cp", "copy files", copy::cp),
    tool!("cut", "print parts of lines", cut::cut),
    tool!("date", "print the time", clock::date),
    tool!("diff", "compare files line by line", diff::diff),
    tool!("dirname", "the directory of a path", directories::dirname),
    tool!("find", "find files by name or type", find::find),
    tool!("grep", "print lines that match", grep::grep),
    tool!("head", "print the first lines", head::head),
    tool!("hostname", "print the machine's name", identity::hostname),
    tool!("id", "print who you are", identity::id),
    tool!("jq", "filter JSON", jq::jq),
    tool!("less", "read text page by page", text::less),
    tool!("ls", "list files", ls::ls),
    tool!("md5sum", "not available here; use sha256sum", encode::md5sum),
    tool!("mkdir", "create directories", directories::mkdir),
    tool!("more", "read text page by page", text::less),
    tool!("mv", "move or rename files", copy::mv),
    tool!("nano", "edit a file", nano::nano),
    tool!("nl", "number lines", text::nl),
    tool!("printenv", "print variables", identity::printenv),
    tool!("realpath", "print whole paths", directories::realpath),
    tool!("rev", "reverse each line", text::rev),
    tool!("rm", "remove files", remove::rm),
    tool!("rmdir", "remove empty directories", directories::rmdir),
    tool!("sed", "edit a stream of lines", sed::sed),
    tool!("seq", "print numbers", sequence::seq),
    tool!("sha256sum", "print SHA-256 sums", encode::sha256sum),
    tool!("sleep", "wait", clock::sleep),
    tool!("sort", "sort lines", sort::sort),
    tool!("tac", "print lines in reverse order", text::tac),
    tool!("tail", "print the last lines", head::tail),
    tool!("tee", "copy input to files and output", text::tee),
    tool!("touch", "create files or update their times", directories::touch),
    tool!("tr", "replace or delete characters", cut::tr),
    tool!("uname", "print the system's name", identity::uname),
    tool!("uniq", "drop repeated lines", sort::uniq),
    tool!("vi", "edit a file, with nano", nano::vi),
    tool!("vim", "edit a file, with nano", nano::vi),
    tool!("wc", "count lines, words and bytes", wc::wc),
    tool!("whoami", "print your name", identity::whoami),
    tool!("yes", "print a line until stopped", sequence::yes),
];

/// The tool with a name.
pub(crate) fn find(name: &str) -> Option<Tool> {
    if name == kubectl::TOOL.name {
        return Some(kubectl::TOOL);
    }
    TOOLS.iter().chain(refused::REFUSED).find(|tool| tool.name == name).copied()
}

/// The names of all tools, refused ones included.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let all = TOOLS.iter().chain(refused::REFUSED).map(|tool| tool.name);
    all.chain(std::iter::once(kubectl::TOOL.name))
}
