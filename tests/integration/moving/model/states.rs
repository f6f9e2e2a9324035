//! What a move comes to by each command, and by one that dies: a function of where it stands.

/// How a move stands: the state of its journal on PostgreSQL, with the gate of SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Unbegun,
    /// Rows are missing, and no command copies them.
    Copying,
    Following,
    /// A switch has died; SQLite opens by itself.
    Closed,
    /// A switch has died that was decided.
    Decided,
    /// PostgreSQL is open; the switch has died before its foreign keys were asked.
    Switched,
    Open,
    /// A switch back has died that was decided.
    BackDecided,
    Returned,
    /// `discard` has died: PostgreSQL knows nothing of the move.
    HalfDiscarded,
    /// The same where rows were missing still: another copy may begin.
    HalfCopyDiscarded,
    /// `finish` has died: PostgreSQL knows nothing of the move.
    HalfFinished,
    Finished,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Follow,
    Cutover,
    Abort,
    DryCutover,
    Back,
    DryBack,
    Finish,
    Discard,
    Verify,
}

impl Step {
    /// Those that change much come more often.
    pub(super) const ALL: [Self; 14] = [
        Self::Follow,
        Self::Follow,
        Self::Follow,
        Self::Cutover,
        Self::Cutover,
        Self::Cutover,
        Self::Abort,
        Self::DryCutover,
        Self::Back,
        Self::Back,
        Self::DryBack,
        Self::Finish,
        Self::Discard,
        Self::Verify,
    ];

    pub(super) fn arguments(self) -> &'static str {
        match self {
            Self::Follow => "follow --until-level --skip-plan --batch 40",
            // So long that a source which is closed for a time stays so until the walk ends.
            Self::Cutover => "cutover --deadline 300s",
            Self::Abort => "cutover --abort",
            Self::DryCutover => "cutover --dry-run",
            Self::Back => "back --deadline 20s",
            Self::DryBack => "back --dry-run",
            Self::Finish => "finish",
            Self::Discard => "discard",
            Self::Verify => "verify",
        }
    }

    /// Where it may die.
    pub(super) fn points(self) -> &'static [&'static str] {
        match self {
            Self::Follow => &[
                "0:chunk written",
                "3:chunk written",
                "1:put back",
                "0:changes applied",
                "0:keys noted",
                "0:round to be returned",
                "0:changes returned",
            ],
            Self::Cutover => &["0:source closed", "0:target ready", "0:decided", "0:target open"],
            Self::Back => &[
                "0:keys noted",
                "0:round to be returned",
                "0:target locked",
                "0:source ready",
                "0:back decided",
                "0:source open",
            ],
            Self::Discard => &["0:target discarded"],
            Self::Finish => &["0:target finished"],
            Self::Abort | Self::DryCutover | Self::DryBack | Self::Verify => &[],
        }
    }
}

impl Stand {
    /// The state and the gate as `move status` shows them.
    pub(super) fn shown(self) -> (Option<&'static str>, Option<&'static str>) {
        let (open, good) = (Some("open"), Some("closed for good"));
        match self {
            Self::Unbegun | Self::Finished => (None, None),
            Self::HalfDiscarded | Self::HalfCopyDiscarded => (None, open),
            Self::HalfFinished => (None, good),
            Self::Copying => (Some("begun"), open),
            Self::Following => (Some("following"), open),
            Self::Closed => (Some("following"), Some("closed")),
            Self::Decided => (Some("following"), good),
            Self::Switched => (Some("switched"), good),
            Self::Open => (open, good),
            Self::BackDecided => (Some("returned"), good),
            Self::Returned => (Some("returned"), open),
        }
    }

    /// Whether SQLite takes writes, and PostgreSQL. Until all rows are there nobody keeps anybody from either.
    pub(super) fn takes_writes(self) -> (bool, bool) {
        match self {
            Self::Unbegun | Self::Copying | Self::HalfDiscarded | Self::HalfCopyDiscarded => (true, true),
            Self::Following | Self::Returned => (true, false),
            Self::Closed | Self::Decided | Self::BackDecided => (false, false),
            Self::Switched | Self::Open | Self::HalfFinished | Self::Finished => (false, true),
        }
    }

    /// What a command leaves; none where it refuses and changes nothing.
    pub(super) fn after(self, step: Step) -> Option<Self> {
        use Stand::{
            BackDecided, Closed, Copying, Decided, Finished, Following, HalfCopyDiscarded, HalfDiscarded, HalfFinished,
            Open, Returned, Switched, Unbegun,
        };

        match (step, self) {
            (Step::Follow, Unbegun | Copying | Following | Returned | HalfCopyDiscarded)
            | (Step::Abort, Following | Closed | Decided)
            // It follows to say whether it could switch.
            | (Step::DryCutover, Returned) => Some(Following),
            (Step::Verify, _)
            | (Step::Follow, Closed | Decided | Switched | Open)
            | (Step::DryCutover, Following | Closed)
            | (Step::DryBack, Switched | Open)
            | (Step::Finish | Step::Discard, Unbegun | Finished)
            | (Step::Finish, HalfDiscarded | HalfCopyDiscarded) => Some(self),
            (Step::Cutover, Following | Closed | Decided | Switched | Returned) => Some(Open),
            (Step::Back, Switched | Open | BackDecided) => Some(Returned),
            (Step::Finish, Open | HalfFinished) => Some(Finished),
            (Step::Discard, Copying | Following | Closed | Returned | HalfDiscarded | HalfCopyDiscarded) => Some(Unbegun),
            _ => None,
        }
    }

    /// What a command leaves that dies at a point; none where it does not come there.
    pub(super) fn after_death(self, step: Step, point: &str) -> Option<Self> {
        use Stand::{
            BackDecided, Closed, Copying, Decided, Finished, Following, HalfCopyDiscarded, HalfDiscarded, HalfFinished,
            Open, Returned, Switched, Unbegun,
        };

        match (step, self, point) {
            (Step::Follow, Unbegun | Copying | HalfCopyDiscarded, "chunk written" | "put back") => Some(Copying),
            (Step::Follow, Unbegun | Copying | Following | Returned | HalfCopyDiscarded, "changes applied") => {
                Some(Following)
            }
            (Step::Discard, Following | Returned | HalfDiscarded, _) => Some(HalfDiscarded),
            (Step::Discard, Copying | HalfCopyDiscarded, _) => Some(HalfCopyDiscarded),
            (Step::Finish, Open | HalfFinished, _) => Some(HalfFinished),
            (Step::Discard, Unbegun | Finished, _)
            | (Step::Finish, Unbegun | HalfDiscarded | HalfCopyDiscarded | Finished, _)
            | (Step::Follow, Closed | Decided, "changes applied")
            | (Step::Follow, Switched | Open, "keys noted" | "round to be returned" | "changes returned")
            | (Step::Back, Switched | Open, "keys noted" | "round to be returned" | "target locked" | "source ready") => {
                Some(self)
            }
            (Step::Cutover, Following | Closed | Returned, "source closed" | "target ready") => Some(Closed),
            (Step::Cutover, Following | Closed | Returned, "decided") => Some(Decided),
            (Step::Cutover, Following | Closed | Returned, "target open") => Some(Switched),
            (Step::Back, Switched | Open, "back decided") => Some(BackDecided),
            (Step::Back, Switched | Open, "source open") => Some(Returned),
            _ => None,
        }
    }
}
