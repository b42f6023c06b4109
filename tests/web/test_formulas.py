import pytest

from vwi_lake.web.trees import build_tree

KATEX = (
    '<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation>'
    '</semantics></math></span><span class="katex-html" aria-hidden="true">x2</span></span>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><msqrt><mi>y</mi></msqrt></math>", r"$x^{2} = \sqrt{y}$"),
        ("<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>α</mi></math>", r"$\sum_{i}^{n}\alpha$"),
        ("<math><mover><mi>v</mi><mo>→</mo></mover></math>", r"$\vec{v}$"),
        ("<math><mi>sin</mi><mo>&#x2061;</mo><mi>x</mi></math>", r"$\sin x$"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></math>", r"$\begin{matrix}1 & 2\end{matrix}$"),
        ("<math alttext='{\\displaystyle E=mc^{2}}'><mi>E</mi></math>", "$E=mc^{2}$"),
        (KATEX, "$x^2$"),
        (
            '<span class="MathJax_Preview">x</span><span class="MathJax">x</span><script type="math/tex; mode=display">\\frac12</script>',
            r"$\frac12$",
        ),
        ('<span class="MathJax" data-mathml="&lt;math&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;/math&gt;"><span>X</span></span>', "$x$"),
        (
            "<mjx-container class='MathJax'><i>c</i><mjx-assistive-mml><math><mi>z</mi></math></mjx-assistive-mml></mjx-container>",
            "$z$",
        ),
        (r"Is \(a &lt; b\) or \[c\] or $$d$$?", "Is $a < b$ or $c$ or $d$?"),
        (r"<pre>\(kept\)</pre>", r"\(kept\)"),
        (r"\begin{align*}x&amp;=1\end{align*}", r"$\begin{align*}x&=1\end{align*}$"),
        (r"<img src=latex.php alt='\frac{a}{b}'>", r"$\frac{a}{b}$"),
        ("<img src=a.png class=tex alt='$x^2$'>", "$x^2$"),
        ("<img src=a.png alt='x^2 graph'>", ""),  # a picture of a graph
        (
            '<span style="display: none"><math alttext="{\\displaystyle x^{2}}"><mi>x</mi></math></span>'
            '<img src="x.svg" class="mwe-math-fallback-image-inline" alt="{\\displaystyle x^{2}}">',
            "$x^{2}$",
        ),
        ('<span style="display: none"><math><mi>q</mi></math></span>', "$q$"),
    ],
)
def test_formulas_have_one_spelling(html: str, text: str) -> None:
    tree = build_tree(html, "http://x.example/")
    assert tree.inner_text(tree.root) == text


def test_a_deep_formula_is_read_as_its_text() -> None:
    tree = build_tree("<math>" + "<mrow>" * 300 + "<mi>x</mi>", "http://x.example/")
    assert tree.inner_text(tree.root) == "$x$"
