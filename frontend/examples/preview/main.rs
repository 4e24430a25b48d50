//! Renders every page with sample data into a folder, to be looked at without a server:
//! `cargo run -p frontend --example preview -- FOLDER`. The built files are expected in `FOLDER/pkg`.

mod samples;

use std::path::Path;

use frontend::pages::{course, error, join, lesson, me, teach};
use wire::{LabState, Language};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/preview".to_owned());
    let manifest = Path::new(&folder).join("pkg/manifest.json");
    let manifest = std::fs::read_to_string(manifest).unwrap_or_else(|_| "{}".to_owned());
    for language in Language::ALL {
        let samples = samples::Samples::new(language, &manifest);
        let write = |name: &str, html: String| {
            let file = Path::new(&folder).join(language.code()).join(format!("{name}.html"));
            std::fs::create_dir_all(file.parent().unwrap_or(Path::new("")))?;
            std::fs::write(file, html)
        };
        write("course", course::render(&samples.course(true)))?;
        write("welcome", course::render(&samples.course(false)))?;
        write("lesson", lesson::render(&samples.lesson(LabState::Ready)))?;
        write("lesson-none", lesson::render(&samples.lesson(LabState::None)))?;
        write("lesson-preparing", lesson::render(&samples.lesson(LabState::Preparing)))?;
        write("lesson-ended", lesson::render(&samples.lesson(LabState::Ended)))?;
        write("join", join::render(&samples.join()))?;
        write("me", me::render(&samples.me()))?;
        write("sign-in", teach::render_sign_in(&samples.sign_in()))?;
        write("classes", teach::render_classes(&samples.classes()))?;
        write("class", teach::render_class(&samples.class()))?;
        write("error", error::render(&samples.error()))?;
    }
    Ok(())
}
