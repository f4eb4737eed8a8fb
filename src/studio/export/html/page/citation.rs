//! What to cite.

use maud::{Markup, html};

/// The method, the encoder, the codec.
const BIBTEX: &str = r"@inproceedings{alonso2024leveraging,
  author    = {Alonso-Jim{\'e}nez, Pablo and Pepino, Leonardo and Batlle-Roca, Roser and Zinemanas, Pablo and
               Bogdanov, Dmitry and Serra, Xavier and Rocamora, Mart{\'i}n},
  title     = {Leveraging Pre-Trained Autoencoders for Interpretable Prototype Learning of Music Audio},
  booktitle = {ICASSP Workshop on Explainable AI for Speech and Audio},
  year      = {2024},
  eprint    = {2402.09318},
  archivePrefix = {arXiv}
}

@misc{pepino2023encodecmae,
  author = {Pepino, Leonardo and Riera, Pablo and Ferrer, Luciana},
  title  = {{EnCodecMAE}: Leveraging Neural Codecs for Universal Audio Representation Learning},
  year   = {2023},
  eprint = {2309.07391},
  archivePrefix = {arXiv}
}

@misc{defossez2022high,
  author = {D{\'e}fossez, Alexandre and Copet, Jade and Synnaeve, Gabriel and Adi, Yossi},
  title  = {High Fidelity Neural Audio Compression},
  year   = {2022},
  eprint = {2210.13438},
  archivePrefix = {arXiv}
}";

pub(super) fn section() -> Markup {
    html! {
        p {
            "The method is PECMAE, its encoder EnCodecMAE, its codec EnCodec. Cite the data as well, as its publisher asks. This \
             page and the program that made it are nothing that their authors endorse."
        }
        pre tabindex="0" aria-label="BibTeX" { (BIBTEX) }
    }
}
