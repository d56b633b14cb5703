//! What a file holds outside its pages' content streams: structure tree, outline, metadata, labels, annotations,
//! layers.

pub(crate) mod annotations;
pub(crate) mod appearance_stream;
pub(crate) mod attachments;
pub(crate) mod doc_info;
pub(crate) mod open;
pub(crate) mod optional_content;
pub(crate) mod outline;
pub(crate) mod page_labels;
pub(crate) mod strings;
pub(crate) mod structure_tree;
pub(crate) mod tag;
