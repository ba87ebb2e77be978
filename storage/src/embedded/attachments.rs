//! Attachment bytes: inline, in volumes, or in files of their own.
