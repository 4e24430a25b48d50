//! The colours of `tokens.css`, measured as WCAG 2.2 measures them: text 4.5:1, what one acts on 3:1.

use std::collections::BTreeMap;

/// Relative luminance in the light and in the dark theme.
type Pair = [f64; 2];

fn tokens() -> BTreeMap<String, Pair> {
    let css = include_str!("../src/style/tokens.css");
    let declarations = css.lines().filter_map(|line| line.trim().strip_prefix("--"));
    let colours = declarations.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let mut colours = value.split("oklch(").skip(1).map(luminance);
        let light = colours.next()?;
        Some((name.to_owned(), [light, colours.next().unwrap_or(light)]))
    });
    colours.collect()
}

/// The luminance of `L% C H)…`, by way of `OKLab` and linear sRGB.
fn luminance(text: &str) -> f64 {
    let numbers: Vec<f64> = text
        .split([' ', ')', '%', '/'])
        .filter(|part| !part.is_empty())
        .map_while(|part| part.parse().ok())
        .collect();
    let [lightness, chroma, hue] = numbers[..3] else { panic!("{text:?} is no OKLCH colour") };
    let lightness = lightness / 100.0;
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let red = 4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short;
    let green = -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short;
    let blue = -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short;
    let clip = |part: f64| part.clamp(0.0, 1.0);
    0.2126 * clip(red) + 0.7152 * clip(green) + 0.0722 * clip(blue)
}

fn assert_contrast(fronts: &[&str], grounds: &[&str], least: f64) {
    let tokens = tokens();
    for front in fronts {
        for ground in grounds {
            for theme in 0..2 {
                let (one, other) = (tokens[*front][theme], tokens[*ground][theme]);
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                let name = ["light", "dark"][theme];
                assert!(
                    contrast >= least,
                    "--{front} on --{ground} in the {name} theme: {contrast:.2}, wanted {least}"
                );
            }
        }
    }
}

#[test]
fn text_can_be_read_on_every_ground() {
    let grounds = ["paper", "sheet", "sunk"];

    assert_contrast(&["ink", "ink-2", "ink-3", "pass", "warn", "fail", "cp", "dp"], &grounds, 4.5);
    assert_contrast(&["ink", "ink-2", "cp"], &["cp-wash"], 4.5);
    assert_contrast(&["ink", "ink-2", "dp"], &["dp-wash"], 4.5);
}

#[test]
fn what_one_acts_on_stands_out() {
    assert_contrast(&["edge", "focus"], &["paper", "sheet", "sunk"], 3.0);
}
