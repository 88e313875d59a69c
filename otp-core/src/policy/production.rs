//! What a policy must be to face the public.

use std::time::Duration;

use super::{DAY, Policy, PolicyProblem, PolicyProblems};

impl Policy {
    /// Checks the limits that production must not loosen: life 60 s to 600 s by phone and up to a day by e-mail,
    /// cooldown of 30 s, 10 sends an hour, 5 checks, 6 characters.
    ///
    /// # Errors
    ///
    /// [`PolicyProblems`] naming each limit that is too loose.
    pub fn check_production(&self, by_phone: bool) -> Result<(), PolicyProblems> {
        let longest_life = if by_phone { Duration::from_secs(600) } else { DAY };
        let lives = format!("60 s to {} s in production", longest_life.as_secs());
        let seconds = |duration: Duration| format!("{} s", duration.as_secs_f64());
        let life_fits = (Duration::from_secs(60)..=longest_life).contains(&self.life);
        let rows = [
            (life_fits, "life", lives.as_str(), seconds(self.life)),
            (
                self.cooldown.as_secs() >= 30,
                "cooldown",
                "at least 30 s in production",
                seconds(self.cooldown),
            ),
            (
                self.sends_per_hour <= 10,
                "sends_per_hour",
                "at most 10 in production",
                self.sends_per_hour.to_string(),
            ),
            (self.max_checks <= 5, "max_checks", "at most 5 in production", self.max_checks.to_string()),
            (
                self.format.length() >= 6,
                "code_length",
                "at least 6 characters in production",
                self.format.length().to_string(),
            ),
        ];
        let problems: Vec<_> = rows
            .into_iter()
            .filter(|(fits, ..)| !fits)
            .map(|(_, limit, expected, found)| PolicyProblem { limit, expected: expected.to_owned(), found })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(PolicyProblems(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_fit_for_production_and_loose_limits_are_named() {
        assert_eq!(Policy::default().check_production(true), Ok(()));
        let loose = Policy::builder()
            .life(Duration::from_secs(601))
            .cooldown(Duration::from_secs(29))
            .sends_per_hour(11)
            .max_checks(6)
            .code_length(5)
            .build()
            .expect("legal in development");
        let names = |by_phone| -> Vec<_> {
            loose.check_production(by_phone).unwrap_err().iter().map(|problem| problem.limit).collect()
        };
        assert_eq!(names(true), ["life", "cooldown", "sends_per_hour", "max_checks", "code_length"]);
        assert_eq!(names(false), ["cooldown", "sends_per_hour", "max_checks", "code_length"]);
    }
}
