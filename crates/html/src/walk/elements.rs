//! Elements opened and left: what each adds to what the one around it hands down, and what it turns out to be when it was never
//! closed.

use super::paths::Element;
use super::{Container, Frame, HEADING_CHARS, Walk, count};
use crate::element_kind::{self, Flag};
use crate::lists::List;
use crate::tree::Id;
use html5ever::{LocalName, local_name};
use sanad_document::Kind;

/// A link around so many blocks with so many characters was left open by mistake; cards hold a heading, a line, a date.
const UNCLOSED_BLOCKS: usize = 5;
const UNCLOSED_CHARS: u32 = 600;

/// What stands in a heading's element after so many blocks is none: titles are cut in two or three lines.
const HEADING_BLOCKS: usize = 4;

/// Elements between an item and its list; there are none in sound markup.
const MAX_TO_LIST: usize = 8;

impl<'a> Walk<'a> {
    /// Opens an element: what it adds to what its parent hands down.
    pub(super) fn open(&mut self, id: Id, name: &LocalName, element: &Element<'a>) {
        let attrs = &element.attrs;
        let flags = element_kind::flags(name)
            | attrs.role.map_or(0, element_kind::role_flags)
            | if attrs.hidden { Flag::Hidden.bit() } else { 0 };
        let fallback = Frame::default();
        let parent = self.frames.last().unwrap_or(&fallback);
        let mut style = parent.style;
        let reopened = self.tree.node(id).is_some_and(|node| node.reopened);
        let flags = if reopened { 0 } else { flags };
        style.link |= *name == local_name!("a") && attrs.href && !reopened;
        style.bold |= matches!(*name, local_name!("b") | local_name!("strong"));
        style.pre |= flags & Flag::Pre.bit() != 0;
        style.raised |= *name == local_name!("sup");
        let mut frame = Frame {
            block: element.block,
            children: self.names.open(),
            path: self.path.len(),
            label: self.label.len(),
            titles: element_kind::heading(name).is_some(),
            style,
            hidden: attrs.hidden || parent.hidden,
            heading: element_kind::heading(name).unwrap_or(parent.heading),
            container: parent.container,
            noscript: *name == local_name!("noscript") || parent.noscript,
            kind: kind(name, parent.kind),
            in_head: *name == local_name!("head"),
            list_depth: parent.list_depth,
            first_block: self.out.blocks.len(),
            rule: self.rules.get(&id.index()).copied().or(parent.rule),
            ..Frame::default()
        };
        self.note_list(&mut frame, id, name);
        let gives_a_look = element_kind::is_formatting(name) && *name != local_name!("a");
        let groups = self.extend_paths(name, element, reopened || gives_a_look);
        if element.block || flags != 0 || groups != 0 {
            frame.container = self.contain(frame.container, flags, groups);
        }
        self.count_inline(name, element.block);
        self.frames.push(frame);
    }

    fn count_inline(&mut self, name: &LocalName, block: bool) {
        match *name {
            local_name!("a") => self.run.link_starts(),
            local_name!("button") => self.run.tally.controls += 1,
            _ if !block => self.run.tally.inlines += 1,
            _ => {}
        }
    }

    /// Lists number their items; an item keeps its mark until its first text comes.
    fn note_list(&mut self, frame: &mut Frame, id: Id, name: &LocalName) {
        match *name {
            local_name!("ul") | local_name!("ol") | local_name!("menu") | local_name!("dir") => {
                frame.list_depth = frame.list_depth.saturating_add(1);
                frame.list = Some(List::open(self.tree, id, frame.list_depth));
                frame.kind = Kind::Paragraph;
            }
            local_name!("li") => {
                let list = self.frames.iter_mut().rev().take(MAX_TO_LIST).find_map(|f| f.list.as_mut());
                self.mark = list.map(|list| (list.mark(self.tree, id), list.level));
            }
            _ => {}
        }
    }

    fn contain(&mut self, parent: u32, flags: u32, groups: u64) -> u32 {
        let depth = self.out.containers.get(parent as usize).map_or(0, |c| c.depth.saturating_add(1));
        let first = count(self.out.blocks.len());
        self.out.containers.push(Container { parent, flags, groups, first, end: first, depth });
        count(self.out.containers.len() - 1)
    }

    /// Leaves the innermost open element.
    pub(super) fn leave(&mut self) {
        if self.frames.last().is_some_and(|f| f.block) {
            self.flush();
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.names.leave(&frame.children);
        self.path.truncate(frame.path);
        self.label.truncate(frame.label);
        let parent = self.frames.last().map_or(0, |f| f.container);
        if frame.container != parent {
            // an inline container's own text is still in the run
            let end = count(self.out.blocks.len() + usize::from(!frame.block));
            if let Some(container) = self.out.containers.get_mut(frame.container as usize) {
                container.end = end;
            }
        }
        if frame.style.link && !self.frames.last().is_some_and(|f| f.style.link) {
            if self.unlink(frame.first_block)
                && let Some(link) = self.out.containers.get_mut(frame.container as usize)
            {
                link.flags &= !Flag::Link.bit();
            }
            self.run.link_ends();
        }
        if frame.titles {
            self.untitle(&frame);
        }
        if frame.list.is_some() {
            self.mark = None;
        }
    }

    /// A link that holds a good part of a page was never closed: what stands in it is no label. Whether it was so.
    fn unlink(&mut self, first: usize) -> bool {
        let chars: u32 = self.out.facts.iter().skip(first).map(|f| f.tally.chars).sum();
        if chars < UNCLOSED_CHARS || self.out.facts.len() - first.min(self.out.facts.len()) < UNCLOSED_BLOCKS {
            return false;
        }
        for (block, facts) in self.out.blocks.iter_mut().zip(&mut self.out.facts).skip(first) {
            block.link_share = 0.0;
            facts.tally.link_chars = 0;
        }
        true
    }

    /// Of what stands in a heading's element that was never closed, only the first block is its heading.
    fn untitle(&mut self, frame: &Frame) {
        let inside = || self.out.facts.iter().skip(frame.first_block);
        if inside().count() < HEADING_BLOCKS && inside().map(|f| f.tally.chars).sum::<u32>() <= HEADING_CHARS {
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

/// The kind an element gives its text.
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
