//! What README.md shows is what is compiled and run.

const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../examples/axum-app/src/main.rs");

#[test]
fn the_mounting_lines_are_those_of_the_example() {
    let (_, rest) = EXAMPLE.split_once("// README: mount\n").expect("the example marks its lines");
    let (lines, _) = rest.split_once("    // README: end").expect("and their end");
    let lines: Vec<_> =
        lines.trim_end().lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let shown = README.split_once("<!-- code: mount -->\n```rust\n").expect("the README has them").1;
    let shown: Vec<_> = shown.split("\n```").next().unwrap_or_default().lines().collect();
    assert_eq!(shown, lines);
    let written = lines.iter().filter(|line| !line.trim().is_empty()).count();
    assert!(written <= 15, "{written} lines to mount it");
}
