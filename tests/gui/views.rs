//! Every view opens, names what it shows, and leads on.

use egui_kittest::kittest::Queryable as _;
use pecmae::dataset::Split;
use pecmae::runs::RunFolder;

use crate::desk::{Desk, workshop};

#[test]
fn a_cell_of_the_confusions_leads_to_its_files_and_from_there_to_why() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    let cells = ["bass", "middle", "treble"];
    let n_right = |class: &str| (1..20).find(|n| desk.shows(&format!("{n} of {class} are right")));
    let (class, n) = cells.iter().find_map(|class| Some((*class, n_right(class)?))).unwrap();
    desk.click(&format!("{n} of {class} are right"));
    desk.wait_for(&format!("{n} right ones of {class}"));
    let file = desk.text(&format!("{class}-"));
    desk.click(&file);
    desk.wait_for("The sum is");
    assert!(desk.shows(&file));
}

#[test]
fn test_is_folded_until_it_is_asked_for() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    assert!(!desk.shows("Test split"));
    desk.click("Show test");
    desk.wait_for("Test split");
    desk.click("Back to validation");
    desk.wait_for("Validation split");
}

#[test]
fn the_map_states_what_it_keeps_and_follows_an_edit() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
    assert!(desk.shows("Map of 18 segments and 6 prototypes"));
    desk.click("Prototypes");
    desk.select("bass/1");
    desk.click("Disable");
    desk.wait_for("bass/1, off");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
}

#[test]
fn the_map_is_saved_as_a_figure_with_its_legend() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
    desk.click("Export");
    desk.click("Save as SVG");
    let path = workshop.path("prototypes/three/exports/map.svg");
    desk.until("the figure", |_| path.is_file());
    let svg = std::fs::read_to_string(&path).unwrap();
    let run = RunFolder::open(&workshop.path("prototypes/three")).unwrap();
    let tracks = run.examples().unwrap().tracks;
    // Those of test are not shown, and a dot of the legend is one as well.
    let n = tracks.iter().filter(|track| track.split != Some(Split::Test)).count();
    assert_eq!(svg.matches("h0").count(), n + 3);
    let n_marks = svg.matches("<polygon").count();
    assert_eq!(n_marks, 6 + 1, "prototypes, and one in the legend");
    let text = desk.text("This picture keeps");
    let kept = text.split(' ').nth(3).unwrap();
    assert!(svg.contains(&format!("{kept} % of the variance of z")), "{text}");
    for words in ["color: true class", "bass", "middle", "treble", "prototype"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn a_plot_is_saved_as_the_part_of_the_window_where_it_is() {
    use eframe::egui::{Color32, ColorImage};
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
    let plot = desk.harness.get_by_label_contains("Map of 18 segments").rect();
    desk.click("Export");
    desk.click("Save as PNG");
    // Every pixel says where it is.
    let color = |x: usize, y: usize| {
        Color32::from_rgb((x % 256) as u8, (y % 256) as u8, (x / 256 * 16 + y / 256) as u8)
    };
    let places = (0..720).flat_map(|y| (0..1280).map(move |x| (x, y)));
    let pixels = places.map(|(x, y)| color(x, y)).collect();
    desk.answer_screenshot(ColorImage::new([1280, 720], pixels));
    let path = workshop.path("prototypes/three/exports/map.png");
    desk.until("the picture", |_| path.is_file());
    desk.wait_for("Saved");
    let mut reader =
        png::Decoder::new(std::io::Cursor::new(std::fs::read(&path).unwrap())).read_info().unwrap();
    let mut found = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut found).unwrap();
    let size = [reader.info().width, reader.info().height];
    assert!((size[0] as f32 - plot.width()).abs() <= 1.0, "{size:?} {plot:?}");
    assert!((size[1] as f32 - plot.height()).abs() <= 1.0, "{size:?} {plot:?}");
    let (left, top) = (plot.left().round() as usize, plot.top().round() as usize);
    assert_eq!(found[..3], color(left, top).to_array()[..3]);
    let (right, bottom) = (left + size[0] as usize - 1, top + size[1] as usize - 1);
    assert_eq!(found[found.len() - 3..], color(right, bottom).to_array()[..3]);
}

#[test]
fn what_is_gathered_on_the_map_is_counted_and_let_go() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.click("Gather all");
    desk.wait_for("segments of");
    let run = RunFolder::open(&workshop.path("prototypes/three")).unwrap();
    let tracks = run.examples().unwrap().tracks;
    // Each file is a segment; those of test are not shown.
    let n = tracks.iter().filter(|track| track.split != Some(Split::Test)).count();
    assert!(desk.text(&n.to_string()).starts_with(&format!("{n} segments of {n} files, ")));
    desk.click("Let go");
    desk.until("nothing gathered", |harness| {
        harness.query_all_by_label_contains("segments of").next().is_none()
    });
}

#[test]
fn keys_do_what_the_list_of_keys_says() {
    use eframe::egui::{Key, Modifiers};
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.harness.key_press(Key::F2);
    desk.wait_for("Stop all sound");
    desk.harness.key_press(Key::Escape);
    desk.until("no list", |harness| {
        harness.query_all_by_label_contains("Stop all sound").next().is_none()
    });
    desk.harness.key_press(Key::CloseBracket);
    desk.until("the second prototype", |harness| {
        harness.query_all_by_label("bass/1").next().is_some()
    });
    desk.harness.key_press(Key::Delete);
    desk.wait_for("bass/1, off");
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    desk.wait_for("bass/1: wins");
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    desk.wait_for("Validation split");
}
