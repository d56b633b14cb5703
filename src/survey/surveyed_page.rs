//! A page of the site: what was fetched, and what was read from it.

use crate::error::Error;
use crate::worker::{Request, Worker};
use sanad_document::{Document, SiteRules, TextMode};
use sanad_extract::metadata::Metadata;
use sanad_fetch::preview::PreviewedPage;

/// A page of the site that is surveyed.
pub(super) struct SurveyedPage {
    pub(super) looked: PreviewedPage,
    pub(super) document: Document,
    pub(super) metadata: Metadata,
}

impl SurveyedPage {
    /// Parses a page and judges its blocks, without rules for its site.
    pub(super) fn read(looked: PreviewedPage, worker: &mut Worker) -> Result<Self, Error> {
        let document = parse(&looked, None, worker)?;
        let (document, metadata) = judge(&looked, document);
        Ok(Self { looked, document, metadata })
    }

    /// Parses the page again, with these rules. Only the rules have dropped blocks in the result.
    pub(super) fn parse_with(&self, site: SiteRules, worker: &mut Worker) -> Result<Document, Error> {
        parse(&self.looked, Some(site), worker)
    }

    /// Judges the blocks of the page when it was parsed again.
    pub(super) fn judge(&self, document: Document) -> (Document, Metadata) {
        judge(&self.looked, document)
    }

    /// What is known of the body before it is parsed.
    pub(super) fn known(&self) -> sanad_document::Page<'_> {
        sanad_document::Page {
            url: Some(self.looked.url.as_str()),
            content_type: self.looked.content_type.as_deref(),
            content_coding: self.looked.content_coding.as_deref(),
            ..sanad_document::Page::default()
        }
    }
}

fn parse(looked: &PreviewedPage, site: Option<SiteRules>, worker: &mut Worker) -> Result<Document, Error> {
    worker.parse(&Request {
        body: looked.body.clone(),
        url: Some(looked.url.to_string()),
        content_type: looked.content_type.clone(),
        content_coding: looked.content_coding.clone(),
        site,
        ..Request::default()
    })
}

fn judge(looked: &PreviewedPage, document: Document) -> (Document, Metadata) {
    let visit = sanad_extract::Visit { url: Some(looked.url.as_str()), captured_at: None, mode: TextMode::Complete };
    sanad_extract::judge(document, &[], &visit)
}
