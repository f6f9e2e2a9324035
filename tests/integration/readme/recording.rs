//! A session as a picture: a terminal that plays it, as SVG without a script.

use std::fmt::Write as _;

use super::session::Shown;

/// How many lines the terminal has.
const ROWS: usize = 28;
const LINE: usize = 18;
const MARGIN: usize = 16;
/// Nothing is wider in common monospaced fonts at 13 px, which advance by 0.55 to 0.61 em.
const COLUMN: f64 = 7.9;

/// What stands at the head of the picture: colours on a background of its own, for light and dark pages.
const STYLE: &str = "\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; fill: #1f2328 }
.paper { fill: #f6f8fa; stroke: #d0d7de }
.typed { font-weight: bold }
.error { fill: #b3241c }
.hint { fill: #0a5bb5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117; stroke: #30363d }
.error { fill: #ff8178 }
.hint { fill: #79b8ff }
}
";

/// What is on the screen from a time on: so many lines, in milliseconds from the start.
struct Frame {
    at: usize,
    lines: usize,
}

/// The picture. It shows the session from its first lines where nothing moves.
pub(crate) fn svg(commands: &[Shown], title: &str) -> String {
    let mut lines = String::new();
    let mut frames = Vec::new();
    let (mut count, mut now, mut widest) = (0, 0, 0);
    let mut add = |class: &str, text: &str| {
        count += 1;
        widest = widest.max(text.chars().count());
        if !text.trim().is_empty() {
            let y = MARGIN + count * LINE - 5;
            let _ = writeln!(lines, "<text{class} x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(text));
        }
        count
    };
    for command in commands {
        let mut shown = 0;
        for (line, head) in command.text.lines().zip(["$ "].into_iter().chain(std::iter::repeat(""))) {
            shown = add(" class=\"typed\"", &format!("{head}{line}"));
        }
        frames.push(Frame { at: now, lines: shown });
        now += 900;
        for line in &command.output {
            shown = add(class(line), line);
        }
        frames.push(Frame { at: now, lines: shown });
        now += 600 + 400 * command.output.len();
    }
    // The last screen stays for a while before it begins anew.
    now += 4_000;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let width = (widest as f64 * COLUMN).ceil() as usize + 2 * MARGIN;
    let height = ROWS * LINE + 2 * MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         xml:space=\"preserve\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}{}</style>\n\
         <rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n\
         <clipPath id=\"screen\"><rect x=\"0\" y=\"{MARGIN}\" width=\"{width}\" height=\"{}\"/></clipPath>\n\
         <g clip-path=\"url(#screen)\"><g id=\"session\">\n{lines}</g></g>\n</svg>\n",
        escaped(title),
        motion(&frames, now),
        width - 1,
        height - 1,
        ROWS * LINE,
    )
}

/// The lines are moved up as they come: what is below the screen has not been printed yet.
fn motion(frames: &[Frame], end: usize) -> String {
    let duration = format!("{}.{:03}s", end / 1000, end % 1000);
    let mut text = format!(
        "@media (prefers-reduced-motion: no-preference) {{ #session {{ animation: session {duration} step-end infinite }} }}\n"
    );
    text.push_str("@keyframes session {\n");
    for Frame { at, lines } in frames {
        let percent = at * 100_000 / end;
        let rows = i64::try_from(ROWS).unwrap_or_default() - i64::try_from(*lines).unwrap_or_default();
        let pixels = rows * i64::try_from(LINE).unwrap_or_default();
        let _ = writeln!(text, "{}.{:03}% {{ transform: translateY({pixels}px) }}", percent / 1000, percent % 1000);
    }
    text.push_str("}\n");
    text
}

fn class(line: &str) -> &'static str {
    match line {
        _ if line.starts_with("error[") => " class=\"error\"",
        _ if line.starts_with("hint:") => " class=\"hint\"",
        _ => "",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
