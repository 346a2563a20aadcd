//! Links by which the playground shows a scenario at a moment.
//!
//! The page reads them in `web/src/engine/share.ts`: behind `#play=1.` stands in base64url, without
//! padding, the deflated text of the milliseconds since the start, a line feed and the scenario.

use afterlink_core::sim::Scenario;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Characters of the longest link that the page makes, too: longer ones get lost in mail and chat.
pub const LINK_CHARACTERS_MAX: usize = 8_192;

/// The part of an address, from `#` on, that opens a scenario `at_ms` after its start. `None` if it
/// would be too long.
#[must_use]
pub fn fragment(scenario: &Scenario, at_ms: u64) -> Option<String> {
    /// The best there is: a link is made once.
    const LEVEL: u8 = 10;
    let text = format!("{at_ms}\n{}", serde_json::to_string(scenario).ok()?);
    let data = miniz_oxide::deflate::compress_to_vec(text.as_bytes(), LEVEL);
    let link = format!("#play=1.{}", URL_SAFE_NO_PAD.encode(data));
    (link.len() <= LINK_CHARACTERS_MAX).then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::scenario;
    use crate::random::Random;

    #[test]
    fn a_link_that_is_too_long_is_none() {
        let mut scenario = scenario(1);
        scenario.commands.truncate(5);
        assert!(fragment(&scenario, 0).is_some_and(|link| link.starts_with("#play=1.")));
        let mut random = Random::new(1);
        scenario.title = (0..2_000).map(|_| random.number().to_string()).collect();
        assert_eq!(fragment(&scenario, 0), None);
    }
}
