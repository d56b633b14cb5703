//! Prints the processor seconds that dom_smoothie takes for pages. Reads paths of UTF-8 files from standard input, one
//! a line.

use std::io::BufRead as _;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let paths = std::io::stdin().lock().lines().collect::<std::io::Result<Vec<_>>>()?;
    let pages = paths.iter().map(std::fs::read_to_string).collect::<std::io::Result<Vec<_>>>()?;
    let start = clock()?;
    for page in pages {
        if let Ok(mut reader) = dom_smoothie::Readability::new(page, None, None) {
            std::hint::black_box(reader.parse().map(|article| article.text_content.len()).unwrap_or(0));
        }
    }
    println!("{:.3}", (clock()? - start).as_secs_f64());
    Ok(())
}

/// Processor time of this thread (Linux).
fn clock() -> std::io::Result<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| std::io::Error::other(told))
}
