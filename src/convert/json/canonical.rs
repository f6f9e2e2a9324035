//! One form by value, for checksums.

use std::ops::Range;

use super::cursor::TextCursor;
use super::escape::{pass_string, write_shortest};
use super::number;
#[cfg(test)]
use super::rules::JsonTarget;
#[cfg(test)]
use super::strict::check_within;

/// The one form that all texts of one `jsonb` value have.
///
/// Keys are sorted by the bytes of their written form, of equal keys the last stays, there are no blanks, strings have
/// the fewest escapes, and a number has one form by value (`1E2` is `100`, `1.0` is `1`, `-0` is `0`), exact to the
/// last digit. A text that is no JSON is given back as it is.
#[cfg(test)]
pub(crate) fn canonical(text: &str) -> String {
    // The server prints what it holds at any depth, so that there is no bound here.
    if check_within(text, JsonTarget::Json, usize::MAX, usize::MAX).is_err() {
        return text.to_owned();
    }
    canonical_of_valid(text)
}

/// The same of a text that is known to be JSON: the server has sent it, or it was found to be.
pub(crate) fn canonical_of_valid(text: &str) -> String {
    let mut flat = FlatForm::default();
    flat.out.reserve(text.len());
    flat.write(text);
    flat.sorted()
}

/// The form in the order of the text, and what is to be sorted in it.
#[derive(Debug, Default)]
struct FlatForm {
    out: String,
    open: Vec<OpenForm>,
    /// The members of the objects that are open, one object after the other.
    members: Vec<FormMember>,
    /// The objects whose members do not stand in order.
    unsorted: Vec<UnsortedObject>,
}

/// An array or an object that is open.
#[derive(Debug)]
struct OpenForm {
    begins: usize,
    /// Where the members of an object begin in the list of all; an array has none.
    members: Option<usize>,
    awaits_key: bool,
}

#[derive(Debug, Clone)]
struct FormMember {
    key: Range<usize>,
    ends: usize,
}

/// An object with its members in order.
#[derive(Debug)]
struct UnsortedObject {
    span: Range<usize>,
    members: Vec<FormMember>,
}

impl FlatForm {
    /// Writes the tokens of a right text without a look at its structure beyond the keys.
    fn write(&mut self, text: &str) {
        let mut cursor = TextCursor::new(text);
        while let Some(byte) = cursor.peek() {
            match byte {
                b'"' => self.string(&mut cursor),
                b'-' | b'0'..=b'9' => {
                    let Ok(number) = number::pass(&mut cursor, false) else { return };
                    number::write_canonical(number, &mut self.out);
                }
                other => {
                    self.mark(other);
                    cursor.advance(1);
                }
            }
        }
    }

    /// Brackets, commas, colons, blanks, and the letters of words.
    fn mark(&mut self, byte: u8) {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => return,
            b'{' | b'[' => {
                let is_object = byte == b'{';
                let members = is_object.then_some(self.members.len());
                self.open.push(OpenForm { begins: self.out.len(), members, awaits_key: is_object });
            }
            b',' => {
                self.member_ends();
                if let Some(open) = self.open.last_mut() {
                    open.awaits_key = open.members.is_some();
                }
            }
            b'}' | b']' => {
                self.member_ends();
                self.out.push(char::from(byte));
                self.close();
                return;
            }
            _ => {}
        }
        self.out.push(char::from(byte));
    }

    fn string(&mut self, cursor: &mut TextCursor<'_>) {
        let Ok(string) = pass_string(cursor, false) else { return };
        let begins = self.out.len();
        write_shortest(cursor.slice(string.inner), &mut self.out);
        let ends = self.out.len();
        if let Some(open) = self.open.last_mut().filter(|open| open.awaits_key) {
            open.awaits_key = false;
            self.members.push(FormMember { key: begins..ends, ends });
        }
    }

    /// What ends here is a member if an object is the innermost.
    fn member_ends(&mut self) {
        let Some(begins) = self.open.last().and_then(|open| open.members) else { return };
        if let Some(member) = self.members.get_mut(begins..).and_then(<[FormMember]>::last_mut) {
            member.ends = self.out.len();
        }
    }

    /// Notes an object whose members do not stand in order.
    fn close(&mut self) {
        let Some(OpenForm { begins, members: Some(first), .. }) = self.open.pop() else { return };
        let key = |member: &FormMember| self.out.get(member.key.clone()).unwrap_or_default();
        let members = self.members.get(first..).unwrap_or_default();
        if !members.is_sorted_by(|left, right| key(left) < key(right)) {
            let mut members = members.to_vec();
            // Of equal keys the last comes first, and only the first stays.
            members.reverse();
            members.sort_by(|left, right| key(left).cmp(key(right)));
            members.dedup_by(|left, right| key(left) == key(right));
            self.unsorted.push(UnsortedObject { span: begins..self.out.len(), members });
        }
        self.members.truncate(first);
    }

    /// The form with all members in order. Each byte is copied once, however deep it stands.
    fn sorted(mut self) -> String {
        if self.unsorted.is_empty() {
            return self.out;
        }
        self.unsorted.sort_by_key(|object| object.span.start);
        let mut out = String::with_capacity(self.out.len());
        let mut left = vec![FormPart::Part(0..self.out.len())];
        while let Some(piece) = left.pop() {
            let part = match piece {
                FormPart::Mark(mark) => {
                    out.push(mark);
                    continue;
                }
                FormPart::Part(part) => part,
            };
            let next = self.unsorted.partition_point(|object| object.span.start < part.start);
            let Some(object) = self.unsorted.get(next).filter(|object| object.span.start < part.end) else {
                out.push_str(self.out.get(part).unwrap_or_default());
                continue;
            };
            out.push_str(self.out.get(part.start..object.span.start).unwrap_or_default());
            left.push(FormPart::Part(object.span.end..part.end));
            push_members(&object.members, &mut left);
        }
        out
    }
}

/// What is still to be written, the next one last.
enum FormPart {
    Mark(char),
    Part(Range<usize>),
}

fn push_members(members: &[FormMember], left: &mut Vec<FormPart>) {
    left.push(FormPart::Mark('}'));
    for (number, member) in members.iter().enumerate().rev() {
        left.push(FormPart::Part(member.key.start..member.ends));
        if number > 0 {
            left.push(FormPart::Mark(','));
        }
    }
    left.push(FormPart::Mark('{'));
}
