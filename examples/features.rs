//! Prints the blocks of pages with their features, as JSON lines on standard output for the training script.
//!
//! `features PAGES…` reads `.html` or `.html.gz` files, or folders of them. Each page becomes one line:
//! `{"id", "blocks": [{"text", "x": [...]}]}`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal")]

mod pages;

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for file in pages::files()? {
        let text = pages::read(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let id = name.split('.').next().unwrap_or_default();
        match sanad_html::features_of(&text) {
            Ok(rows) => {
                let blocks: Vec<_> = rows.iter().map(|(text, x)| serde_json::json!({"text": text, "x": x})).collect();
                writeln!(out, "{}", serde_json::json!({"id": id, "blocks": blocks}))?;
            }
            Err(why) => eprintln!("{}: {why}", file.display()),
        }
    }
    Ok(())
}
