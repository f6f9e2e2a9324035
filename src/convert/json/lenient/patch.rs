//! A text that is written anew with changes.

use std::ops::Range;

/// The new text as far as it is written.
#[derive(Debug)]
pub(crate) struct PatchedText<'a> {
    text: &'a str,
    out: String,
    /// How much of `text` is taken over.
    done: usize,
    /// What is left out of `out` at the end.
    cuts: Vec<Range<usize>>,
}

impl<'a> PatchedText<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, out: String::new(), done: 0, cuts: Vec::new() }
    }

    /// Takes over what stands before `at`, and gives the offset of `at` in the new text.
    pub(crate) fn keep_until(&mut self, at: usize) -> usize {
        self.out.push_str(self.text.get(self.done..at).unwrap_or_default());
        self.done = self.done.max(at);
        self.out.len()
    }

    /// Writes something else for a part of the text.
    pub(crate) fn replace(&mut self, span: Range<usize>, with: &str) {
        self.keep_until(span.start);
        self.out.push_str(with);
        self.done = self.done.max(span.end);
    }

    /// Leaves out a part of the new text, which may have other such parts in it.
    pub(crate) fn cut(&mut self, out: Range<usize>) {
        self.cuts.push(out);
    }

    /// The new text.
    pub(crate) fn finish(mut self) -> String {
        self.keep_until(self.text.len());
        if self.cuts.is_empty() {
            return self.out;
        }
        self.cuts.sort_by_key(|cut| (cut.start, cut.end));
        let mut left = String::with_capacity(self.out.len());
        let mut done = 0;
        for cut in self.cuts {
            left.push_str(self.out.get(done..cut.start).unwrap_or_default());
            done = done.max(cut.end);
        }
        left.push_str(self.out.get(done..).unwrap_or_default());
        left
    }
}
