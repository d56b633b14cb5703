//! Single stages over JSON lines: `sanad decode`, `sanad repair`, `sanad language`.
//!
//! Each line holds one object, and each object gets one line of answer, in the same order. A line that can't be
//! processed is answered with `error`, and the rest goes on. Of an input's fields only `id` is repeated in its answer.

use super::escape::{Escape, escaped};
use super::exit::{CommandOutcome, Stop};
use super::output::output_failed;
use base64::Engine;
use sanad_document::{Repair, Tongue};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufWriter, Write};

/// Counts of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines answered, errors included; blank lines don't count.
    pub lines: u64,
    /// Lines answered with an error.
    pub errors: u64,
}

/// Why a line can't be processed.
struct LineError {
    code: &'static str,
    message: String,
}

impl LineError {
    fn new(code: &'static str, message: impl std::fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }
}

/// Runs a stage from standard input to standard output.
pub(super) fn run(
    stage: impl Fn(&mut dyn BufRead, &mut dyn Write) -> io::Result<Tally>,
) -> Result<CommandOutcome, Stop> {
    let mut output = BufWriter::new(io::stdout().lock());
    let tally = stage(&mut io::stdin().lock(), &mut output).map_err(|e| output_failed(&e))?;
    output.flush().map_err(|e| output_failed(&e))?;
    Ok(if tally.errors == 0 { CommandOutcome::Success } else { CommandOutcome::SomeFailed })
}

/// Decodes `{"id", "bytes_b64", "content_type"?}` to `{"id", "text", "encoding", "rule", "repaired"?}`.
///
/// # Errors
/// If input can't be read or output can't be written. A line with an error is answered and is no failure.
pub fn decode_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    answer_lines(input, output, &|line| {
        let row: DecodeRow = serde_json::from_str(line).map_err(|e| LineError::new("input.malformed", e))?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(row.bytes_b64.trim())
            .map_err(|e| LineError::new("input.base64", e))?;
        let (text, encoding) = sanad_decode::text_of(&bytes, row.content_type.as_deref(), &mut Vec::new());
        let (text, repaired) = repair_markup(text.into_owned());
        let mut answer = json!({"id": row.id, "text": text, "encoding": encoding.name, "rule": encoding.rule});
        let repairs: Vec<String> = encoding.repaired.into_iter().chain(repaired).collect();
        if let Some(object) = answer.as_object_mut()
            && !repairs.is_empty()
        {
            object.insert("repaired".to_owned(), Value::String(repairs.join(",")));
        }
        Ok(answer)
    })
}

/// Repairs text from broken fonts: `{"id", "text"}` to `{"id", "text", "repairs"}`.
///
/// # Errors
/// If input can't be read or output can't be written. A line with an error is answered and is no failure.
pub fn repair_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    answer_lines(input, output, &|line| {
        let row: TextRow = serde_json::from_str(line).map_err(|e| LineError::new("input.malformed", e))?;
        let text = row.text.ok_or_else(|| LineError::new("input.malformed", "missing field `text`"))?;
        let (text, repairs) = sanad_language::repaired(&text).unwrap_or((text, Vec::<Repair>::new()));
        Ok(json!({"id": row.id, "text": text, "repairs": repairs}))
    })
}

/// Identifies languages: `{"id", "text"}` or `{"id", "paragraphs"}` to `{"id", "lang", "script", "confidence"}`. An
/// answer to `"paragraphs"` holds them too, as a list of language codes.
///
/// # Errors
/// If input can't be read or output can't be written. A line with an error is answered and is no failure.
pub fn language_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    answer_lines(input, output, &|line| {
        let row: TextRow = serde_json::from_str(line).map_err(|e| LineError::new("input.malformed", e))?;
        match (row.paragraphs, row.text) {
            (Some(paragraphs), _) => {
                let texts: Vec<&str> = paragraphs.iter().map(Paragraph::text).collect();
                let (codes, whole) = sanad_language::identify_page(&texts);
                let mut answer = language_answer(&row.id, &whole);
                if let Some(object) = answer.as_object_mut() {
                    let codes = codes.into_iter().map(|t| Value::String(t.code.to_string())).collect();
                    object.insert("paragraphs".to_owned(), Value::Array(codes));
                }
                Ok(answer)
            }
            (None, Some(text)) => Ok(language_answer(&row.id, &sanad_language::identify(&text))),
            (None, None) => Err(LineError::new("input.malformed", "missing field `text` or `paragraphs`")),
        }
    })
}

#[derive(Deserialize)]
struct DecodeRow {
    #[serde(default)]
    id: Value,
    bytes_b64: String,
    #[serde(default)]
    content_type: Option<String>,
}

#[derive(Deserialize)]
struct TextRow {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    paragraphs: Option<Vec<Paragraph>>,
}

/// A paragraph: its text, or an object with the text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Paragraph {
    Text(String),
    Row { text: String },
}

impl Paragraph {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Row { text } => text,
        }
    }
}

fn language_answer(id: &Value, tongue: &Tongue) -> Value {
    json!({"id": id, "lang": tongue.code, "script": tongue.script, "confidence": tongue.confidence})
}

/// Answers each line with what the stage returns for it.
fn answer_lines(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    stage: &dyn Fn(&str) -> Result<Value, LineError>,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(tally);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        tally.lines += 1;
        let answer = stage(text).unwrap_or_else(|error| {
            tally.errors += 1;
            let id = serde_json::from_str::<Value>(text).ok().and_then(|v| v.get("id").cloned());
            json!({"id": id, "error": {"code": error.code, "message": error.message}})
        });
        let answer = serde_json::to_string(&answer)?;
        writeln!(output, "{}", escaped(&answer, Escape::Json))?;
    }
}

/// Repairs text from broken fonts piece by piece between the tags, and leaves the tags alone.
fn repair_markup(text: String) -> (String, Option<String>) {
    let mut out = String::with_capacity(text.len());
    let mut is_repaired = false;
    let mut rest = text.as_str();
    // Each turn takes a piece of text and the tag after it, so the loop ends with the text.
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at_checked(rest.find('<').unwrap_or(rest.len())).unwrap_or((rest, ""));
        match sanad_language::font_repaired(piece) {
            Some(fixed) => {
                is_repaired = true;
                out.push_str(&fixed);
            }
            None => out.push_str(piece),
        }
        let (tag, after) = tail.split_at_checked(tail.find('>').map_or(tail.len(), |i| i + 1)).unwrap_or((tail, ""));
        out.push_str(tag);
        rest = after;
    }
    if is_repaired { (out, Some("tajik_font".to_owned())) } else { (text, None) }
}

#[cfg(test)]
mod tests {
    use super::{decode_lines, language_lines, repair_lines};

    fn run(
        stage: fn(&mut dyn std::io::BufRead, &mut dyn std::io::Write) -> std::io::Result<super::Tally>,
        input: &str,
    ) -> (Vec<serde_json::Value>, super::Tally) {
        let mut output = Vec::new();
        let tally = stage(&mut input.as_bytes(), &mut output).unwrap();
        let lines = String::from_utf8(output).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        (lines, tally)
    }

    #[test]
    fn a_malformed_line_gives_an_error_and_the_rest_goes_on() {
        let (lines, tally) = run(
            language_lines,
            "{\"id\": 1}\nnot json\n\n{\"id\": \"x\", \"text\": \"Ҷумҳурии Тоҷикистон ва шаҳри Душанбе\"}\n",
        );
        assert_eq!((tally.lines, tally.errors), (3, 2));
        assert_eq!(lines[0]["error"]["code"], "input.malformed");
        assert_eq!(lines[0]["id"], 1);
        assert_eq!(lines[2]["lang"], "tgk");
        assert_eq!(lines[2]["script"], "Cyrl");
    }

    #[test]
    fn decode_answers_with_text_encoding_and_rule() {
        let (lines, _) = run(
            decode_lines,
            "{\"id\": \"a\", \"bytes_b64\": \"0O7x8ejpICLM6PAi\", \"content_type\": \"text/html; charset=windows-1251\"}\n",
        );
        assert_eq!(lines[0]["text"], "Россий \"Мир\"");
        assert_eq!(lines[0]["encoding"], "windows-1251");
        assert_eq!(lines[0]["rule"], "http");
    }

    #[test]
    fn repair_answers_with_rule_and_count() {
        let (lines, _) = run(repair_lines, "{\"id\": \"a\", \"text\": \"Љумњурии Тољикистон\"}\n");
        assert_eq!(lines[0]["text"], "Ҷумҳурии Тоҷикистон");
        assert_eq!(lines[0]["repairs"][0], serde_json::json!({"rule": "tajik_font", "count": 3}));
    }
}
