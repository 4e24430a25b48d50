//! Says what a release binary embeds, so that a file that is added to it alone makes it anew. A development build reads
//! those files when it runs.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for folder in ["../content", "../static", "../migrations", "../target/site"] {
            println!("cargo::rerun-if-changed={folder}");
        }
    }
}
