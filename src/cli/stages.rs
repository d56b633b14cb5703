//! Single stages over JSON lines: `sanad decode`, `sanad repair`, `sanad language`.
//!
//! One object a line in, one a line out, in the same order. A line that can't be read gives a line with `error` and the
//! rest goes on. Numbers, dates and everything else in the objects are left out of the answer, except `id`.

use std::io::{self, BufRead, Write};

use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};

use sanad_document::{Repair, Tongue};

/// How many lines there were, and how many of them were in error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines answered, errors included; blank lines don't count.
    pub lines: u64,
    /// Lines that gave an error.
    pub errors: u64,
}

/// Why a line has no answer.
struct Fault {
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(code: &'static str, message: impl std::fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }
}

/// `{"id", "bytes_b64", "content_type"?}` to `{"id", "text", "encoding", "rule", "repaired"?}`.
///
/// # Errors
/// When input or output fails; a line in error is an answer.
pub fn decode_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    each_line(input, output, &|line| {
        let row: DecodeRow = serde_json::from_str(line).map_err(|e| Fault::new("input.malformed", e))?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(row.bytes_b64.trim())
            .map_err(|e| Fault::new("input.base64", e))?;
        let (text, encoding) = sanad_decode::text_of(&bytes, row.content_type.as_deref(), &mut Vec::new());
        let (text, repaired) = mend_markup(text.into_owned());
        let mut answer = json!({"id": row.id, "text": text, "encoding": encoding.name, "rule": encoding.rule});
        let all: Vec<String> = encoding.repaired.into_iter().chain(repaired).collect();
        if let Some(object) = answer.as_object_mut()
            && !all.is_empty()
        {
            object.insert("repaired".to_owned(), Value::String(all.join(",")));
        }
        Ok(answer)
    })
}

/// `{"id", "text"}` to `{"id", "text", "repairs"}`.
///
/// # Errors
/// When input or output fails; a line in error is an answer.
pub fn repair_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    each_line(input, output, &|line| {
        let row: TextRow = serde_json::from_str(line).map_err(|e| Fault::new("input.malformed", e))?;
        let text = row.text.ok_or_else(|| Fault::new("input.malformed", "missing field `text`"))?;
        let (text, repairs) = sanad_language::repaired(&text).unwrap_or((text, Vec::<Repair>::new()));
        Ok(json!({"id": row.id, "text": text, "repairs": repairs}))
    })
}

/// `{"id", "text"}` or `{"id", "paragraphs"}` to `{"id", "lang", "script", "confidence"}`, with `"paragraphs"` too when
/// they were given.
///
/// # Errors
/// When input or output fails; a line in error is an answer.
pub fn language_lines(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Tally> {
    each_line(input, output, &|line| {
        let row: TextRow = serde_json::from_str(line).map_err(|e| Fault::new("input.malformed", e))?;
        match (row.paragraphs, row.text) {
            (Some(paragraphs), _) => {
                let texts: Vec<&str> = paragraphs.iter().map(Paragraph::text).collect();
                let (each, whole) = sanad_language::identify_page(&texts);
                let mut answer = tongue(&row.id, &whole);
                if let Some(object) = answer.as_object_mut() {
                    let codes = each.into_iter().map(|t| Value::String(t.code.to_string())).collect();
                    object.insert("paragraphs".to_owned(), Value::Array(codes));
                }
                Ok(answer)
            }
            (None, Some(text)) => Ok(tongue(&row.id, &sanad_language::identify(&text))),
            (None, None) => Err(Fault::new("input.malformed", "missing field `text` or `paragraphs`")),
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

/// A paragraph: its text, or an object that holds it.
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

fn tongue(id: &Value, tongue: &Tongue) -> Value {
    json!({"id": id, "lang": tongue.code, "script": tongue.script, "confidence": tongue.confidence})
}

/// Runs a stage over each line.
fn each_line(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    stage: &dyn Fn(&str) -> Result<Value, Fault>,
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
        let answer = stage(text).unwrap_or_else(|fault| {
            tally.errors += 1;
            let id = serde_json::from_str::<Value>(text).ok().and_then(|v| v.get("id").cloned());
            json!({"id": id, "error": {"code": fault.code, "message": fault.message}})
        });
        serde_json::to_writer(&mut *output, &answer)?;
        output.write_all(b"\n")?;
    }
}

/// Letters of broken fonts put right in the text between tags, piece by piece.
fn mend_markup(text: String) -> (String, Option<String>) {
    let mut out = String::with_capacity(text.len());
    let mut mended = false;
    let mut rest = text.as_str();
    // each turn takes a piece of text and the tag after it
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at_checked(rest.find('<').unwrap_or(rest.len())).unwrap_or((rest, ""));
        match sanad_language::font_repaired(piece) {
            Some(fixed) => {
                mended = true;
                out.push_str(&fixed);
            }
            None => out.push_str(piece),
        }
        let (tag, after) = tail.split_at_checked(tail.find('>').map_or(tail.len(), |i| i + 1)).unwrap_or((tail, ""));
        out.push_str(tag);
        rest = after;
    }
    if mended { (out, Some("tajik_font".to_owned())) } else { (text, None) }
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
