//! `export html` and `export plots`: results as others see them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::predict::{json_lines, workshop_with_run};
use crate::program::{Workshop, texts};

/// Renders little and measures no simple models, which other tests do.
const HTML: [&str; 4] = ["export", "html", "r", "--no-baselines"];

/// A page of a run whose prototypes are sonified, and where it is.
fn workshop_with_page() -> (Workshop, String) {
    let workshop = workshop_with_run();
    workshop.succeeds(&["sonify", "r", "--takes", "2", "--steps", "2"]);
    workshop.succeeds(&[&HTML[..], &["-o", "r.html"]].concat());
    let page = page(&workshop, "r.html");
    (workshop, page)
}

fn page(workshop: &Workshop, name: &str) -> String {
    String::from_utf8(workshop.read(name)).unwrap()
}

/// What stands between two texts, each time.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    page.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The folder's files with their bytes.
fn contents(workshop: &Workshop, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let names = workshop.files().into_iter().filter(|name| name.starts_with(folder));
    names.map(|name| (name.clone(), workshop.read(&name))).collect()
}

#[test]
fn a_page_holds_every_section_and_asks_nobody_for_anything() {
    let (workshop, page) = workshop_with_page();
    for section in [
        "summary",
        "prototypes",
        "weights",
        "confusion",
        "classes",
        "calibration",
        "explanations",
        "round-trip",
        "training",
        "data",
        "licenses",
        "citation",
        "identity",
    ] {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
        assert!(page.contains(&format!("<a href=\"#{section}\"")), "{section}");
    }
    // Nothing but names of forms is an address, and whatever is loaded is in the page.
    let addresses = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://"));
    for source in
        between(&page, " src=\"", "\"").into_iter().chain(between(&page, " href=\"", "\""))
    {
        assert!(source.starts_with("data:") || source.starts_with('#'), "{:.60}", source);
    }
    // Every place that a link leads to is there.
    for anchor in between(&page, "href=\"#", "\"") {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
    let folder = workshop.path("").display().to_string();
    assert!(!page.contains(folder.trim_end_matches('/')), "no path of its maker is in it");
}

#[test]
fn sounds_in_a_page_are_those_of_the_run_at_their_level_with_the_gain_beside() {
    use base64::Engine as _;
    let (workshop, page) = workshop_with_page();
    let record: Value =
        serde_json::from_slice(&workshop.read("prototypes/r/sounds/sounds.json")).unwrap();
    let sounds: Vec<_> =
        record["sounds"].as_array().unwrap().iter().filter(|sound| sound["take"] == 0).collect();
    let players = between(&page, "<audio ", ">");
    assert_eq!((players.len(), sounds.len()), (4, 4));
    for (player, sound) in players.iter().zip(sounds) {
        let data = between(player, "src=\"data:audio/flac;base64,", "\"")[0];
        let bytes = base64::prelude::BASE64_STANDARD.decode(data).unwrap();
        workshop.write("sound.flac", &bytes);
        let read = |name: &str| {
            pecmae::audio::read_waveform(&workshop.path(name), 24_000, None).unwrap().samples
        };
        let file = format!("prototypes/r/sounds/{}", sound["file"].as_str().unwrap());
        let (stored, raw) = (read("sound.flac"), read(&file));
        let peak = sound["peak"].as_f64().unwrap() as f32;
        let lowered = peak.max(1.0);
        assert_eq!(stored.len(), raw.len());
        for (a, b) in stored.iter().zip(&raw) {
            assert!((a - b / lowered).abs() < 1.0 / 32_000.0, "{a} {b}");
        }
        let gain_db: f64 = between(player, "data-gain-db=\"", "\"")[0].parse().unwrap();
        let wanted = sound["gain_db"].as_f64().unwrap() + 20.0 * f64::from(lowered).log10();
        let most = -20.0 * f64::from(peak.min(1.0)).log10();
        assert!((gain_db - wanted.min(most)).abs() < 0.01, "{gain_db} {wanted} {most}");
    }
    // Every sound is seen as well, and heard again by the run.
    assert_eq!(between(&page, "<img src=\"data:image/png;base64,", "\"").len(), 4);
    assert!(page.contains("<strong>") && page.contains(" of 4 sounds</strong> heard as the class"));

    let small = [&HTML[..], &["-o", "small.html", "--audio", "vorbis", "--takes", "2"]].concat();
    workshop.succeeds(&small);
    let small = self::page(&workshop, "small.html");
    assert_eq!(between(&small, "data:audio/ogg;base64,", "\"").len(), 8);
    workshop.succeeds(&[&HTML[..], &["-o", "none.html", "--audio", "none"]].concat());
    let none = self::page(&workshop, "none.html");
    assert!(!none.contains("<audio") && none.contains("The page holds no sounds."));
    assert!(none.len() < small.len());
}

#[test]
fn what_a_page_says_is_what_the_other_commands_say() {
    let (workshop, page) = workshop_with_page();
    let lines =
        json_lines(&workshop, &["evaluate", "r", "--split", "validation", "--no-baselines"]);
    let report = &lines[1]["report"];
    let lines =
        json_lines(&workshop, &[&HTML[..], &["-o", "v.html", "--split", "validation"]].concat());
    let done = lines.last().unwrap();
    assert_eq!(done["on"], "validation split");
    assert_eq!(done["bytes"].as_u64().unwrap(), workshop.read("v.html").len() as u64);
    let validation = self::page(&workshop, "v.html");
    for (name, value) in [
        ("Class-balanced accuracy", &report["summary"]["balanced_accuracy"]),
        ("Accuracy", &report["summary"]["accuracy"]),
        ("Macro F1", &report["summary"]["macro_f1"]),
    ] {
        let wanted = format!("<dt>{name}</dt><dd><strong>{:.3}</strong>", value.as_f64().unwrap());
        assert!(validation.contains(&wanted), "{wanted}");
    }
    let fingerprint = lines_of(&workshop)["classifier"].as_str().unwrap().to_owned();
    assert!(page.contains(&fingerprint));
    // The sums of the explanations are sums: start, terms and others make the sum, to the digits that are shown.
    let tables = between(&page, ": the terms</caption>", "</table>");
    assert!(!tables.is_empty());
    for table in tables {
        let rows = between(table, "<tr>", "</tr>");
        let last = |row: &str| -> f64 {
            let cell =
                between(row, "<td class=\"number\">", "</td>").pop().unwrap().replace('−', "-");
            cell.parse().unwrap()
        };
        // The first row is the head; the last two are the sum and the logit.
        let values: Vec<_> = rows[1..].iter().map(|row| last(row)).collect();
        let (terms, [sum, logit]) = values.split_at(values.len() - 2) else { panic!("{values:?}") };
        assert!((terms.iter().sum::<f64>() - sum).abs() < 0.001 * terms.len() as f64, "{values:?}");
        assert_eq!(sum, logit);
    }
}

fn lines_of(workshop: &Workshop) -> Value {
    let evaluate = ["evaluate", "r", "--split", "validation", "--no-baselines"];
    json_lines(workshop, &evaluate)[1].clone()
}

#[test]
fn the_same_run_gives_the_same_page_and_the_same_figures_byte_for_byte() {
    let (workshop, page) = workshop_with_page();
    workshop.succeeds(&[&HTML[..], &["-o", "r.html", "--threads", "1"]].concat());
    assert!(
        self::page(&workshop, "r.html") == page,
        "a page of this program is replaced by the same"
    );

    let plots = ["export", "plots", "r", "-o", "figures"];
    let (stdout, _) = workshop.succeeds(&plots);
    assert_eq!(stdout, "7 figures as SVG and PNG → figures\n");
    let first = contents(&workshop, "figures/");
    assert_eq!(first.len(), 15);
    workshop.succeeds(&plots);
    assert!(contents(&workshop, "figures/") == first);
    for (name, bytes) in &first {
        let is_well = match name.rsplit('.').next().unwrap() {
            "png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            "svg" => bytes.starts_with(b"<svg ") && bytes.ends_with(b"</svg>\n"),
            _ => name == "figures/manifest.json",
        };
        assert!(is_well, "{name}");
    }
    // Figures that are no longer made go; what somebody put beside them stays, if the export is forced at all.
    std::fs::remove_dir_all(workshop.path("prototypes/r/sounds")).unwrap();
    workshop.write("figures/mine.txt", b"mine");
    let error = workshop.fails(2, &plots);
    assert!(error.starts_with("the earlier export holds \"mine.txt\""), "{error}");
    let (_, stderr) = workshop.succeeds(&[&plots[..], &["--force"]].concat());
    assert!(stderr.contains("no figure of prototypes: none is sonified"), "{stderr}");
    let names: Vec<_> = contents(&workshop, "figures/").into_keys().collect();
    assert!(!names.contains(&"figures/prototypes.svg".to_owned()), "{names:?}");
    assert!(names.contains(&"figures/mine.txt".to_owned()), "{names:?}");
}

#[test]
fn sounds_that_are_missing_are_made_and_heard_unless_that_is_not_wanted() {
    let workshop = workshop_with_run();
    let (_, stderr) = workshop.succeeds(&[&HTML[..], &["-o", "mute.html", "--no-sonify"]].concat());
    assert!(stderr.contains("warning: 4 prototypes without a sound: high/0, high/1"), "{stderr}");
    assert!(!workshop.path("prototypes/r/sounds").exists(), "nothing is written into the run");
    let mute = page(&workshop, "mute.html");
    assert!(mute.contains("Not sonified.") && mute.contains("No sound was heard again"));

    workshop.succeeds(&["sonify", "r", "--takes", "1", "--steps", "2", "--only", "low"]);
    let before = workshop.read("prototypes/r/sounds/low_0_take0.wav");
    let lines = json_lines(&workshop, &[&HTML[..], &["-o", "r.html"]].concat());
    let done = lines.last().unwrap();
    assert_eq!((&done["sounds"], &done["silent"]), (&4.into(), &Value::Array(Vec::new())));
    assert_eq!(workshop.read("prototypes/r/sounds/low_0_take0.wav"), before, "it stays as it is");
    let page = page(&workshop, "r.html");
    assert!(page.contains(" of 4 sounds</strong> heard as the class"));

    // An edit changes who hears, and what is off need not be heard.
    workshop.succeeds(&["edit", "r", "disable", "high/0"]);
    workshop.succeeds(&[&HTML[..], &["-o", "r.html"]].concat());
    let edited = self::page(&workshop, "r.html");
    assert!(edited.contains("With 1 edit since training"));
    assert!(edited.contains("<span class=\"badge\">off</span>"));
    assert!(edited.contains(" of 4 sounds</strong> heard as the class"));
}

#[test]
fn names_of_classes_and_words_of_users_are_text_and_nothing_else() {
    let workshop = workshop_with_run();
    let evil = "<script>alert(1)</script> & \"x\"";
    workshop.succeeds(&["edit", "r", "rename", "high/0", "a<b>&\"c"]);
    let html = [&HTML[..], &["-o", "r.html", "--audio", "none", "--data-license", evil]].concat();
    workshop.succeeds(&html);
    let page = page(&workshop, "r.html");
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains("a<b>") && page.contains("a&lt;b&gt;&amp;&quot;c"));
    workshop.succeeds(&["export", "plots", "r", "-o", "figures"]);
    let weights = String::from_utf8(workshop.read("figures/weights.svg")).unwrap();
    assert!(!weights.contains("<b>") && weights.contains("a&lt;b&gt;&amp;&quot;c"));
}

#[test]
fn what_is_unknown_is_called_that() {
    let workshop = workshop_with_run();
    let html = [&HTML[..], &["-o", "r.html", "--audio", "none"]].concat();
    workshop.succeeds(&html);
    let page = page(&workshop, "r.html");
    assert!(page.contains("<td>not stated</td><td>as its model folder states it</td>"));
    assert!(page.contains("<td>unknown</td><td>the run does not record it</td>"));
    workshop.succeeds(&["models", "remove", "tiny", "-y"]);
    workshop.succeeds(&html);
    let page = self::page(&workshop, "r.html");
    assert!(
        page.contains(
            "<td>unknown</td><td>the model is not installed where this page was made</td>"
        )
    );
}

#[test]
fn nothing_of_somebody_else_is_replaced_unless_forced() {
    let workshop = workshop_with_run();
    workshop.write("mine.html", b"<!DOCTYPE html><title>mine</title>");
    workshop.write("mine/notes.txt", b"mine");
    let html = ["export", "html", "r", "--no-baselines", "--audio", "none"];
    let plots = ["export", "plots", "r"];
    for (args, sentence) in [
        (
            [&html[..], &["-o", "mine.html"]].concat(),
            "what is there is no pecmae html export, so it is not replaced; choose another output or give --force: ",
        ),
        (
            [&html[..], &["-o", "mine"]].concat(),
            "the output is a folder; name a file in it or beside it: ",
        ),
        ([&html[..], &["-o", "no/r.html"]].concat(), "there is no folder "),
        (
            [&plots[..], &["-o", "mine"]].concat(),
            "what is there is no pecmae plots export, so it is not replaced; choose another output or give --force: ",
        ),
        ([&plots[..], &["-o", "no/figures"]].concat(), "there is no folder "),
    ] {
        let error = workshop.fails(2, &args);
        assert!(error.starts_with(sentence), "{error}");
    }
    let error = workshop.fails(2, &["export", "html", "nowhere"]);
    assert!(error.starts_with("no run \"nowhere\" is here"), "{error}");
    workshop.succeeds(&[&html[..], &["-o", "mine.html", "--force"]].concat());
    let ours = page(&workshop, "mine.html");
    assert!(ours.contains("PECMAE Studio"));
    workshop.write("mine.html", ours.replace("<h2", "<h2 class=\"mine\"").as_bytes());
    let error = workshop.fails(2, &[&html[..], &["-o", "mine.html"]].concat());
    assert!(error.starts_with("\"mine.html\" was changed since it was exported, "), "{error}");
    workshop.succeeds(&[&plots[..], &["-o", "mine", "--force"]].concat());
    assert_eq!(workshop.read("mine/notes.txt"), b"mine");
    // Without -o, both are called after the run.
    workshop.succeeds(&html);
    workshop.succeeds(&plots);
    assert!(workshop.path("r.html").is_file() && workshop.path("r-plots/manifest.json").is_file());

    std::fs::remove_file(workshop.path("prototypes/r/data/embeddings.parquet")).unwrap();
    let output = workshop.run(&html);
    assert_eq!(output.status.code(), Some(3), "{:?}", texts(&output));
}

#[test]
fn a_run_of_several_labels_has_a_page_without_confusions() {
    let workshop = workshop_with_run();
    let rows = (0..8).map(|i| {
        let split = ["train", "train", "validation", "test"][i % 4];
        format!("low/{i}.wav,low;tone,{split}\nhigh/{i}.wav,high;tone,{split}\n")
    });
    let list = "path,label,split\n".to_owned() + &rows.collect::<String>();
    workshop.write("sounds/list.csv", list.as_bytes());
    let train = ["train", "sounds/list.csv", "--loss", "binary", "--name", "m", "-k", "1"];
    workshop
        .succeeds(&[&train[..], &["--steps", "100", "--batch", "8", "--hidden", "64"]].concat());
    workshop.succeeds(&["export", "html", "m", "--audio", "none"]);
    let page = page(&workshop, "m.html");
    assert!(
        !page.contains("<section id=\"confusion\"") && page.contains("<section id=\"classes\"")
    );
    let lines = json_lines(&workshop, &["export", "plots", "m"]);
    assert_eq!(lines.last().unwrap()["missing"].as_array().unwrap().len(), 2);
}
