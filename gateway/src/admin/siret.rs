//! Whether a SIRET, or the code of a commune, can be one at all.

/// La Poste: the check digits of its establishments follow another rule.
const LA_POSTE: &str = "356000000";

/// Whether 14 digits are a SIRET: by the rule of Luhn or, for La Poste, by the sum of the digits, which five divides.
pub(super) fn is_siret(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 14) else { return false };
    luhn(&digits) || (text.starts_with(LA_POSTE) && digits.iter().sum::<u32>().is_multiple_of(5))
}

/// From the right, every second digit counts twice.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(rank, digit)| match digit * (1 + u32::try_from(rank).unwrap_or_default() % 2) {
            twice @ 10.. => twice - 9,
            value => value,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether five characters can be the code of a commune: a département that exists, and a number in it.
pub(super) fn is_commune(code: &str) -> bool {
    let Some((department, number)) = code.split_at_checked(2).filter(|_| code.len() == 5) else { return false };
    let metropolitan = match department {
        "2A" | "2B" => true,
        _ => department.parse::<u8>().is_ok_and(|number| (1..=95).contains(&number) && number != 20),
    };
    let (number, overseas) = match code.split_at_checked(3) {
        Some((department, number)) if department.parse::<u16>().is_ok_and(|known| OVERSEAS.contains(&known)) => {
            (number, true)
        }
        _ => (number, false),
    };
    (metropolitan || overseas) && number.bytes().all(|byte| byte.is_ascii_digit()) && number.bytes().any(|b| b != b'0')
}

/// Départements and collectivities whose codes have three digits.
const OVERSEAS: &[u16] = &[971, 972, 973, 974, 975, 976, 977, 978, 986, 987, 988];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siret_passes_luhn_or_is_one_of_la_poste() {
        for siret in ["73282932000074", "22770001000019", "35600000000048", "35600000009075"] {
            assert!(is_siret(siret), "{siret}");
        }
        for text in ["73282932000075", "35600000000049", "7328293200007", "7328293200007X", "", "１３002526500013"] {
            assert!(!is_siret(text), "{text}");
        }
    }

    #[test]
    fn a_commune_lies_in_a_departement_that_exists() {
        for code in ["77372", "2A004", "2B033", "01001", "97105", "98818", "75056"] {
            assert!(is_commune(code), "{code}");
        }
        for code in ["20001", "96001", "00001", "99999", "77000", "7737", "2C001", "97900", "ABCDE", "é1234"] {
            assert!(!is_commune(code), "{code}");
        }
    }
}
