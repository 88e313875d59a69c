//! The message as a mail client reads it.

use otp_core::{Channel, message::RenderedText};
use otp_service::{Message, Sender as _};

use crate::{
    World,
    common::{
        CODE, TO,
        mail::{Part, decoded},
        message, recipient,
    },
    server::Mode,
};

const LANGUAGES: [&str; 8] = ["en", "es", "fr", "de", "pt", "zh-Hant", "ja", "ar"];

async fn received(message: &Message) -> Part {
    let world = World::new(Mode::Plain, Vec::new()).await;
    world.sender().send(message).await.expect("accepted");
    world.server.log(|log| Part::parse(&log.received[0].content))
}

#[tokio::test]
async fn headers() {
    for language in LANGUAGES {
        let message = message(language);
        let mail = received(&message).await;
        assert_eq!(mail.header("from"), "Example <codes@example.com>");
        assert_eq!(mail.header("to"), TO);
        assert_eq!(mail.header("message-id"), "<0123456789abcdef0123456789abcdef.3@example.com>");
        assert_eq!(mail.header("auto-submitted"), "auto-generated");
        assert_eq!(mail.header("x-auto-response-suppress"), "All");
        assert_eq!(mail.header("content-language"), language);
        assert_eq!(mail.header("mime-version"), "1.0");
        assert!(mail.header("content-type").starts_with("multipart/alternative;"));
        let subject = message.subject.as_ref().map(RenderedText::expose);
        assert_eq!(Some(decoded(mail.header("subject")).as_str()), subject);
        let date = mail.header("date");
        assert!(date.len() == 31 && date.ends_with(" +0000"), "{date}");
    }
}

#[tokio::test]
async fn both_parts_say_the_same() {
    for language in LANGUAGES {
        let message = message(language);
        let mail = received(&message).await;
        let [text, html] = mail.parts().try_into().expect("two parts");
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(text.text(), message.body.expose());
        assert_is_page(&html.text(), language);
        for line in message.body.expose().lines().map(str::trim).filter(|line| !line.contains(CODE)) {
            let escaped = line.replace('\'', "&#39;");
            assert!(html.text().contains(&escaped), "{language}: {line}");
        }
    }
}

fn assert_is_page(html: &str, language: &str) {
    assert!(html.len() < 8 * 1024, "{} bytes", html.len());
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    let attributes = format!("lang=\"{language}\" dir=\"{direction}\"");
    assert_eq!(html.matches(&attributes).count(), 2, "on html and on the body's only element: {html}");
    assert_eq!(html.matches(CODE).count(), 1, "the code once, in one piece: {html}");
    let heading = format!(">{CODE}</h1>");
    assert!(html.contains(&heading) && html.contains("aria-label=\"4 8 1 5 1 6\""), "{html}");
    assert!(html.contains("<h1 class=\"code\" dir=\"ltr\""), "{html}");
    assert!(html.contains("font-size:32px") && html.contains("user-select:all"), "{html}");
    assert!(html.contains("prefers-color-scheme: dark") && html.contains("content=\"light dark\""), "{html}");
    for loads in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<img", "<link", "cid:"] {
        assert!(!html.contains(loads), "{loads} in {html}");
    }
    balanced(html);
}

/// Every element that is opened is closed, in order.
fn balanced(html: &str) {
    let mut open = Vec::new();
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{html}"),
            None if ["!DOCTYPE", "meta", "br"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} left open in {html}");
}

#[tokio::test]
async fn a_text_without_the_code_is_shown_as_it_is() {
    let message = Message::plain(
        "test-1",
        recipient(TO),
        Channel::Email,
        "en".parse().expect("a tag"),
        "Does mail get out?\n\nFind out.".to_owned(),
    );
    let mail = received(&message).await;
    let [text, html] = mail.parts().try_into().expect("two parts");
    assert_eq!(text.text(), "Does mail get out?\n\nFind out.\n");
    let html = html.text();
    assert!(html.contains(">Does mail get out?</p>") && html.contains(">Find out.</p>"), "{html}");
    assert!(!html.contains("<h1"), "{html}");
    balanced(&html);
}

#[tokio::test]
async fn a_text_too_long_for_a_page_goes_alone() {
    let mut message = message("en");
    message.body = RenderedText::new(format!("{CODE}\n{}", "wörter & mehr\n".repeat(800)));
    let mail = received(&message).await;
    assert_eq!(mail.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(mail.text(), message.body.expose());
}

#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive() {
    let mut message = message("en");
    message.body = RenderedText::new(".\n..\n.a\n\n.\n".to_owned());
    let mail = received(&message).await;
    assert_eq!(mail.parts()[0].text(), ".\n..\n.a\n\n.\n");
}
