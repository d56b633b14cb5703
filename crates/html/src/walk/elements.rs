//! Opening and leaving elements: what an element adds to what it inherits, and what it turns out to be if the page
//! never closed it.

use super::page_blocks::{Container, index};
use super::paths::ClassStep;
use super::state::{Frame, MAX_HEADING_CHARS, Walk};
use crate::attrs::Attrs;
use crate::element_kind::{self, Display, Flag};
use crate::inline_text::TextStyle;
use crate::list_markers::OpenList;
use crate::tree::NodeId;
use html5ever::{LocalName, local_name};
use sanad_document::Kind;

/// A link around at least this many blocks with at least this many characters was left open by mistake. Cards hold a
/// heading, a line and a date.
const UNCLOSED_LINK_BLOCKS: usize = 5;
const UNCLOSED_LINK_CHARS: u32 = 600;

/// A heading element with this many blocks, or with more than [`MAX_HEADING_CHARS`], was left open by mistake. Titles
/// are split into two or three lines.
const UNCLOSED_HEADING_BLOCKS: usize = 4;

/// Elements searched between an item and its list. Sound markup has none.
const MAX_TO_LIST: usize = 8;

impl Walk<'_> {
    /// Opens an element. `position` is its position among its siblings of the same name, from 1.
    pub(super) fn open(&mut self, id: NodeId, name: &LocalName, position: u32, attrs: &Attrs<'_>, display: Display) {
        let is_block = display == Display::Block;
        let reopened = self.tree.node(id).is_some_and(|node| node.reopened);
        let flags = if reopened { 0 } else { flags(name, attrs) };
        let fallback = Frame::default();
        let parent = self.frames.last().unwrap_or(&fallback);
        let heading = element_kind::heading(name);
        let mut frame = Frame {
            is_block,
            children: self.child_counts.open(),
            outer_paths: self.paths.lengths(),
            is_heading: heading.is_some(),
            style: TextStyle {
                link: parent.style.link || (*name == local_name!("a") && attrs.href && !reopened),
                bold: parent.style.bold || matches!(*name, local_name!("b") | local_name!("strong")),
                pre: parent.style.pre || flags & Flag::Pre.bit() != 0,
                raised: parent.style.raised || *name == local_name!("sup"),
            },
            hidden: attrs.hidden || parent.hidden,
            heading: heading.unwrap_or(parent.heading),
            container: parent.container,
            noscript: *name == local_name!("noscript") || parent.noscript,
            kind: kind(name, parent.kind),
            is_head: *name == local_name!("head"),
            list_depth: parent.list_depth,
            first_block: self.out.blocks.len(),
            rule: self.rules.get(&id).copied().or(parent.rule),
            ..Frame::default()
        };
        self.note_list(&mut frame, id, name);
        let changes_look_only = element_kind::is_formatting(name) && *name != local_name!("a");
        let is_transparent = *name == local_name!("object") && !self.names_what_it_shows(id);
        let is_omitted = reopened || changes_look_only || is_transparent;
        let step = if is_omitted { ClassStep::Omitted } else { ClassStep::Shown };
        let groups = self.paths.push(name, position, attrs, step);
        if is_block || flags != 0 || groups != 0 {
            frame.container = self.add_container(frame.container, flags, groups);
        }
        self.count_inline(name, display);
        self.frames.push(frame);
    }

    fn count_inline(&mut self, name: &LocalName, display: Display) {
        match *name {
            local_name!("a") => self.run.link_starts(),
            local_name!("button") => self.run.tally.controls += 1,
            _ if display != Display::Block => self.run.tally.inlines += 1,
            _ => {}
        }
    }

    /// Starts a list, or sets the marker of an item, which waits for the item's first text.
    fn note_list(&mut self, frame: &mut Frame, id: NodeId, name: &LocalName) {
        match *name {
            local_name!("ul") | local_name!("ol") | local_name!("menu") | local_name!("dir") => {
                frame.list_depth = frame.list_depth.saturating_add(1);
                frame.list = Some(OpenList::new(self.tree, id, frame.list_depth));
                frame.kind = Kind::Paragraph;
            }
            local_name!("li") => {
                let list = self.frames.iter_mut().rev().take(MAX_TO_LIST).find_map(|f| f.list.as_mut());
                self.marker = list.map(|list| (list.next_marker(self.tree, id), list.level));
            }
            _ => {}
        }
    }

    fn add_container(&mut self, parent: u32, flags: u32, groups: u64) -> u32 {
        let depth = self.out.containers.get(parent as usize).map_or(0, |c| c.depth.saturating_add(1));
        let first = index(self.out.blocks.len());
        self.out.containers.push(Container { parent, flags, groups, first, end: first, depth });
        index(self.out.containers.len() - 1)
    }

    /// Leaves the innermost open element.
    pub(super) fn leave(&mut self) {
        if self.frames.last().is_some_and(|f| f.is_block) {
            self.flush();
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.child_counts.close(&frame.children);
        self.paths.truncate(frame.outer_paths);
        let parent = self.frames.last().map_or(0, |f| f.container);
        if frame.container != parent {
            // the text of an inline container is still in the run: it becomes the next block
            let end = index(self.out.blocks.len() + usize::from(!frame.is_block));
            if let Some(container) = self.out.containers.get_mut(frame.container as usize) {
                container.end = end;
            }
        }
        if frame.style.link && !self.frames.last().is_some_and(|f| f.style.link) {
            if self.unmark_unclosed_link(frame.first_block)
                && let Some(link) = self.out.containers.get_mut(frame.container as usize)
            {
                link.flags &= !Flag::Link.bit();
            }
            self.run.link_ends();
        }
        if frame.is_heading {
            self.unmark_unclosed_heading(&frame);
        }
        if frame.list.is_some() {
            self.marker = None;
        }
    }

    /// A link around a large part of the page was never closed, so its text is no label. Returns true if it was such a
    /// link. `first` is the first block in it.
    fn unmark_unclosed_link(&mut self, first: usize) -> bool {
        let chars: u32 = self.out.facts.iter().skip(first).map(|f| f.tally.chars).sum();
        if chars < UNCLOSED_LINK_CHARS || self.out.facts.len() - first.min(self.out.facts.len()) < UNCLOSED_LINK_BLOCKS
        {
            return false;
        }
        for (block, facts) in self.out.blocks.iter_mut().zip(&mut self.out.facts).skip(first) {
            block.link_share = 0.0;
            facts.tally.link_chars = 0;
        }
        true
    }

    /// If a heading element was never closed, only the first block in it is the heading.
    fn unmark_unclosed_heading(&mut self, frame: &Frame) {
        let inside = || self.out.facts.iter().skip(frame.first_block);
        if inside().count() < UNCLOSED_HEADING_BLOCKS
            && inside().map(|f| f.tally.chars).sum::<u32>() <= MAX_HEADING_CHARS
        {
            return;
        }
        let blocks = self.out.blocks.iter_mut().zip(&mut self.out.facts).skip(frame.first_block + 1);
        for (block, facts) in blocks.filter(|(_, facts)| facts.heading == frame.heading) {
            facts.heading = 0;
            if block.kind == Kind::Heading {
                (block.kind, block.level) = (Kind::Paragraph, None);
            }
        }
        if let Some(container) = self.out.containers.get_mut(frame.container as usize) {
            container.flags &= !Flag::Heading.bit();
        }
    }
}

/// The flags of an element's name, role and visibility.
fn flags(name: &LocalName, attrs: &Attrs<'_>) -> u32 {
    element_kind::flags(name)
        | attrs.role.map_or(0, element_kind::role_flags)
        | if attrs.hidden { Flag::Hidden.bit() } else { 0 }
}

/// The kind of the text in an element.
fn kind(name: &LocalName, inherited: Kind) -> Kind {
    match *name {
        local_name!("li") => Kind::ListItem,
        local_name!("blockquote") => Kind::Quote,
        local_name!("figcaption") | local_name!("caption") => Kind::Caption,
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => Kind::Code,
        local_name!("table") => Kind::Paragraph,
        _ if element_kind::heading(name).is_some() => Kind::Heading,
        _ => inherited,
    }
}
