"""Every cue on small pages in the forms that real ones take: (what, HTML, [(question, solution, cue)])."""

# ruff: noqa: E501 - pages stand as their servers send them

import random
import re
import time
from pathlib import Path

import pytest

from vwi_lake.qa.markup import Pair, extract
from vwi_lake.web.trees import Tree, build_tree

URL = "http://course.example/unit/page.html"

Case = tuple[str, str, list[tuple[str, str | None, str]]]

CONTAINERS: list[Case] = [
    (
        "boxes titled by an attribute, with a word for screen readers",
        '<p>Two tables.</p><div class="callout callout-tip" title="Exercise 1"><div class="callout-header"><span class="sr-only">Tip</span>Exercise 1'
        '</div><div class="body"><p>Join them.</p></div></div><div class="callout callout-note" title="Solution"><div class="callout-header">'
        '<span class="sr-only">Note</span>Solution</div><div class="body"><p>By the key.</p></div></div>',
        [("Join them.", "By the key.", "exercise_class")],
    ),
    (
        "an exercise with its problem and a folded solution",
        """<div data-type="exercise"><div data-type="problem"><span>7</span><p>Find the force.</p></div>
        <details data-type="solution"><summary>Show/Hide Solution</summary><p>It is 3 N.</p></details></div>""",
        [("7\nFind the force.", "It is 3 N.", "exercise_class")],
    ),
    (
        "question and answer side by side",
        """<div class="exercise"><h3>Exercise 2.1</h3><div class="question"><p>What does it print?</p></div>
        <div class="answer"><pre>x &lt;- 1
y</pre></div></div><div class="exercise"><h3>Exercise 2.2</h3><div class="question"><p>And why?</p></div></div>""",
        [("What does it print?", "x <- 1\ny", "exercise_class"), ("And why?", None, "exercise_class")],
    ),
    (
        "theorem-like boxes whose labels are spans of the same class",
        """<div class="exercise"><p><span id="exr:a" class="exercise"><strong>Exercise 1.1 </strong></span>Prove that 2 is prime.</p></div>
        <div class="solution"><p><span class="solution"><em>Solution</em>. </span>It has two divisors.</p></div>""",
        [("Exercise 1.1 Prove that 2 is prime.", "Solution. It has two divisors.", "exercise_class")],
    ),
    (
        "an admonition and its dropdown",
        """<div class="admonition exercise"><p class="admonition-title">Exercise 3</p><p>Compute the mean.</p></div>
        <div class="admonition dropdown solution"><p class="admonition-title">Solution</p><p>Use sum(x) / n.</p></div>""",
        [("Compute the mean.", "Use sum(x) / n.", "exercise_class")],
    ),
    (
        "a hint is no solution, unless listed as one",
        """<div class="exercise"><p>Show that it converges.</p><details class="hint"><summary>Hint</summary><p>Compare.</p></details></div>
        <div class="exercise"><p>Show that it diverges.</p><details class="hint solution-like"><summary>Hint</summary><p>Bound it.</p></details></div>""",
        [("Show that it converges.", None, "exercise_class"), ("Show that it diverges.", "Bound it.", "exercise_class")],
    ),
    (
        "parts share the solution of the whole",
        """<div class="problem"><p>Let x = 2.</p><div class="question">(a) Find 2x.</div><div class="question">(b) Find 3x.</div>
        <div class="solution">(a) 4 (b) 6</div></div>""",
        [("Let x = 2.\n(a) Find 2x.\n(b) Find 3x.", "(a) 4 (b) 6", "exercise_class")],
    ),
    (
        "several questions with answers of their own",
        """<section class="exercise"><h2>Set</h2><div class="question">Name a noble gas.</div><div class="answer">Neon, for one.</div>
        <div class="question">Name a halogen.</div><div class="answer">Iodine, for one.</div></section>""",
        [("Name a noble gas.", "Neon, for one.", "exercise_class"), ("Name a halogen.", "Iodine, for one.", "exercise_class")],
    ),
    (
        "an example is a question only where it is solved",
        """<div class="example"><h4>Falling</h4><p>How long does it fall?</p><h4>Strategy</h4><p>Use g.</p><h4>Solution</h4><p>2 s.</p>
        <h4>Discussion</h4><p>Air was left out.</p></div><div class="example"><p>For example, feathers fall slowly.</p></div>""",
        [("Falling\nHow long does it fall?", "2 s.\nDiscussion\nAir was left out.", "exercise_class")],
    ),
    (
        "tokens are whole: none of these is a question",
        """<div class="question-list"><a href="/q/1">How to cook?</a></div><div class="problematic">Trouble ahead for the party.</div>
        <p class="has-solution">The minister spoke.</p><div id="exercise-bike-shop">Buy a bike today.</div>""",
        [],
    ),
]

LEAD_INS: list[Case] = [
    (
        "a hint by a label right before a fold, and the table in it",
        "<p><b>Problem 1: Bias</b></p><p>Compare both.</p><p><b>Hint</b>: think of darts.</p><details><summary>Answer</summary><table><tr><th>what"
        "</th><th>how</th></tr><tr><td>bias</td><td>off</td></tr></table></details><p><b>Problem 2: Spread</b></p><p>Name it.</p>",
        [
            ("Problem 1: Bias\nCompare both.", "what | how\nbias | off", "bold_lead_in"),
            ("Problem 2: Spread\nName it.", None, "bold_lead_in"),
        ],
    ),
    (
        "an exercise's title over its task, steps and hints",
        "<main><h2>Exercise 1: Beds</h2><h3>Task</h3><p>Print all herbs.</p><h3>Steps:</h3><p>Make a list.</p><details><summary>Show solution"
        "</summary><pre>print(herbs)</pre></details></main><footer>Made by us</footer>",
        [("Print all herbs.\nSteps:\nMake a list.", "print(herbs)", "heading")],
    ),
    (
        "a set's title over titles that are solved",
        "<h2>Exercise</h2><h3>Level A</h3><h4>A01 Kinds</h4><p>Tell their order.</p><p><b>Answer:</b></p><p>One.</p><h4>A02 Parts</h4>"
        "<p>Split them.</p><p><b>Answer:</b></p><p>By parts.</p>",
        [("A01 Kinds\nTell their order.", "One.", "heading"), ("A02 Parts\nSplit them.", "By parts.", "heading")],
    ),
    (
        "a title that promises solutions is no key, and what stands before a task in its paragraph",
        "<h1>Tasks with solutions</h1><h2>1. It is gone</h2><p>Given: port 8082 is set.<br>Task: Find the true port.</p><details><summary>Solution"
        "</summary><p>It is 8082.</p></details>",
        [("Given: port 8082 is set.\nTask: Find the true port.", "It is 8082.", "lead_in")],
    ),
    (
        "titles that come again with their solutions",
        "<h2>Exercise 3: Roots</h2><p>Find x in x + 1 = 3.</p><h2>Exercise 3 — Solution</h2><p>It is two.</p><h2>Quick task — First look</h2>"
        "<p>Count the rows.</p><h2>Quick task (solution)</h2><p>Twelve rows.</p><h2>Filters</h2><p>A filter keeps rows.</p>",
        [("Exercise 3: Roots\nFind x in x + 1 = 3.", "It is two.", "heading"), ("Count the rows.", "Twelve rows.", "heading")],
    ),
    (
        "odd numbers of a chapter, each with choices and a solution",
        "<h1>Solved</h1><p><b>3.1</b> The power of the pump is</p><p>a) low<br>b) high</p><p><b>Solution.</b> It lifts much.</p>"
        "<p><b>3.3</b> The speed in the narrow part is</p><p>a) low<br>b) high</p><p><b>Solution.</b> The area is small.</p>",
        [
            ("3.1 The power of the pump is\na) low\nb) high", "Solution. It lifts much.", "bold_lead_in"),
            ("3.3 The speed in the narrow part is\na) low\nb) high", "Solution. The area is small.", "bold_lead_in"),
        ],
    ),
    (
        "choices whose first letter is no answer's label",
        "<p><b>Q1:</b> Where do genes lie?</p><p>A. in the wall<br>B. in the nucleus</p><p>Answer: B</p>",
        [("Q1: Where do genes lie?\nA. in the wall\nB. in the nucleus", "Answer: B", "bold_lead_in")],
    ),
    (
        "a trouble whose cause is told asks nothing",
        "<h3>The map gives 404</h3><p><b>Most common cause:</b> it is not there yet</p><p><b>Solution:</b> Wait a while.</p>",
        [],
    ),
    (
        "titles that ask and their sisters, over numbered answers",
        "<h1>Grid Questions</h1><h3>What is a grid?</h3><p>Children in rows:</p><ol><li>Columns first.</li><li>Rows next.</li></ol>"
        "<h3>Describe tracks.</h3><p>They lie between lines.</p><h3>How are gaps sized?</h3><p>By a length.</p>",
        [
            ("What is a grid?", "Children in rows:\n- Columns first.\n- Rows next.", "faq_heading"),
            ("Describe tracks.", "They lie between lines.", "faq_heading"),
            ("How are gaps sized?", "By a length.", "faq_heading"),
        ],
    ),
    (
        "a title alone on its line, parts below it, and then other text",
        "<p>Wheels roll.</p><p><b>Exercise 2.1: Slip</b></p><p>A wheel slides.</p><p><b>a.</b> Find v from</p><p><math><mi>v</mi></math></p>"
        "<p>with g as on Earth.</p><p>Wheels are old.</p>",
        [("Exercise 2.1: Slip\nA wheel slides.\na. Find v from\n$v$\nwith g as on Earth.", None, "bold_lead_in")],
    ),
    (
        "an answer that somebody signs, behind a heading of hints and a rule",
        "<h1>Question 3</h1><p>Print all primes below ten.</p><h3>Hints</h3><p>Use a sieve.</p><hr><p><b>Author's Solution: Python 3</b></p>"
        "<pre>print(2, 3, 5, 7)</pre><hr><h1>Question 4</h1><p>Add them.</p>",
        [("Print all primes below ten.", "Author's Solution: Python 3\nprint(2, 3, 5, 7)", "heading"), ("Add them.", None, "heading")],
    ),
    (
        "a label behind an ornament, a blank to fill in, a word stressed in a sentence",
        "<h2>Exercises</h2><p>They are short. The <b>solutions</b> are hidden.</p><p>▣ <b>Exercise 1 [m]</b> Name the poles.</p>"
        "<p><b>Answer</b>: ____</p><p><b>Solution</b>: Cathode and anode.</p>",
        [("▣ Exercise 1 [m] Name the poles.\nAnswer: ____", "Solution: Cathode and anode.", "bold_lead_in")],
    ),
    (
        "rules around a figure part nothing, and a sentence goes on below a formula",
        '<p>Pipes leak.</p><p><b>Exercise 2.</b> The loss is given by</p><div class="figure"><hr><img src="f.png"><hr></div><p>Use it to find h.</p><p>Prose.</p>',
        [("Exercise 2. The loss is given by\nUse it to find h.", None, "bold_lead_in")],
    ),
    (
        "headings",
        "<h1>Sheet 4</h1><h2>Problem 1</h2><p>Find x.</p><p>Show your work.</p><h3>Solution</h3><p>x = 2.</p><p>Checked.</p><h2>Problem 2</h2><p>Find y.</p>",
        [("Find x.\nShow your work.", "x = 2.\nChecked.", "heading"), ("Find y.", None, "heading")],
    ),
    (
        "bold labels in running text",
        "<div><p><b>Exercise 3.</b> Integrate <i>x</i>.</p><p><b>Solution.</b> Half of its square.</p><p><b>Exercise 4.</b> Integrate 1.</p></div>",
        [("Exercise 3. Integrate x.", "Solution. Half of its square.", "bold_lead_in"), ("Exercise 4. Integrate 1.", None, "bold_lead_in")],
    ),
    (
        "a bold label amid a list item",
        "<h2>Homework</h2><ol><li>Draw the gate. <p><b>Solution:</b> See the table.</p></li><li>Draw two. <b>Solution:</b> As before.</li></ol>",
        [("Draw the gate.", "Solution: See the table.", "numbered_list"), ("Draw two.", "Solution: As before.", "numbered_list")],
    ),
    ("Q and A", "<p><b>Q:</b> What is DNA?</p><p><b>A:</b> An acid.</p>", [("Q: What is DNA?", "A: An acid.", "bold_lead_in")]),
    (
        "an answer amid the line",
        "<h2>Quiz</h2><ol><li>What is 2 + 2? Answer: 4</li><li>What is 3 + 3? Answer: 6</li></ol>",
        [("What is 2 + 2?", "4", "numbered_list"), ("What is 3 + 3?", "6", "numbered_list")],
    ),
    (
        "an unlabelled question before its answer, and the count that goes on",
        "<h3>Trivia</h3><p>1. Who wrote Faust?</p><p>Answer: Goethe</p><p>2. Who wrote Emma?</p><p>Answer: Austen</p>",
        [("1. Who wrote Faust?", "Answer: Goethe", "lead_in"), ("2. Who wrote Emma?", "Answer: Austen", "lead_in")],
    ),
    (
        "an edit link beside the heading",
        """<div class="mw-heading"><h2>Problem 3</h2><span>edit</span></div><p>Find it.</p><div class="mw-heading"><h2>Solution 1</h2></div>
        <p>Five.</p><h2>See also ¶</h2><p>More.</p>""",
        [("edit\nFind it.", "Five.", "heading")],
    ),
    (
        "the question quoted, the answer below",
        "<h3>Exercise 2.1 ¶</h3><blockquote><p>Why is it slow?</p></blockquote><p>It copies.</p><pre>x</pre><h3>Exercise 2.2</h3><blockquote>And now?</blockquote>",
        [("Why is it slow?", "It copies.\nx", "heading"), ("And now?", None, "heading")],
    ),
    (
        "short labels with dots",
        "<p>Ques. 1 What is a cell?</p><p>Ans. A unit of life.</p>",
        [("Ques. 1 What is a cell?", "Ans. A unit of life.", "lead_in")],
    ),
    (
        "a callout and a folded one behind it",
        """<div class="callout callout-tip"><div class="callout-header"><div class="callout-title-container">Exercise 1</div></div><div class="callout-body"><p>Plot it.</p></div></div>
        <div class="callout callout-note"><div class="callout-header" data-bs-toggle="collapse"><div class="callout-title-container">Solution</div></div>
        <div class="callout-collapse collapse"><p>plot(x)</p></div></div><p>Next we move on to other things.</p>""",
        [("Plot it.", "plot(x)", "lead_in")],
    ),
    (
        "a lesson's challenge and the accordion named after it",
        """<div id="c1" class="callout challenge"><div>Challenge</div><h3>Check Your Understanding</h3><p>What is x?</p></div>
        <div class="accordion challenge-accordion"><h4><button aria-expanded="false">Show me the solution</button></h4><div class="accordion-body"><p>It is 2.</p></div></div>""",
        [("Check Your Understanding\nWhat is x?", "It is 2.", "exercise_class")],
    ),
    (
        "parts solved one by one stay with their stem",
        """<ol><li>A gun accelerates.<ol><li>Find the field.<p><b>Solution:</b> 5 V.</p></li><li>Find the power.<p><b>Solution:</b> 3 W.</p></li></ol></li>
        <li>Two bulbs glow.<p><b>Solution:</b> 40 W.</p></li></ol>""",
        [
            ("A gun accelerates.\n- Find the field.\n- Find the power.", "Solution: 5 V.\nSolution: 3 W.", "bold_lead_in"),
            ("Two bulbs glow.", "Solution: 40 W.", "bold_lead_in"),
        ],
    ),
    (
        "a coloured letter and its colon",
        "<p><strong><span>Q1</span></strong>: Why is it slow?</p><p><strong><span>A</span></strong>: It copies.</p><p><strong><span>Q2</span></strong>: Why not?</p>",
        [("Q1: Why is it slow?", "A: It copies.", "bold_lead_in"), ("Q2: Why not?", None, "bold_lead_in")],
    ),
    (
        "a labelled question in running text ends with its paragraph and list",
        """<h2>Limits</h2><p>Limits are useful.</p><p><b>Exercise 1.2.</b> Show that:</p><ul><li>it exists,</li><li>it is finite.</li></ul>
        <p>We now turn to other matters, which go on for long.</p>""",
        [("Exercise 1.2. Show that:\n- it exists,\n- it is finite.", None, "bold_lead_in")],
    ),
    (
        "a box of no telling name",
        "<p>Text.</p><div class='thm'><b>Exercise 1</b> Draw it.<p>Then colour it.</p></div><p>More text that is not part of it.</p>",
        [("Exercise 1 Draw it.\nThen colour it.", None, "bold_lead_in")],
    ),
    (
        "a dash, an aside in brackets",
        "<h3>Challenge — sorting</h3><p>Sort it.</p><h4>Solution (click to expand)</h4><p>Use sort.</p>",
        [("Challenge — sorting\nSort it.", "Use sort.", "heading")],
    ),
    ("German", "<h3>Aufgabe 5</h3><p>Berechne 3².</p><h3>Lösung</h3><p>9</p>", [("Berechne 3².", "9", "heading")]),
    ("French", "<h3>Exercice 2</h3><p>Calculer 2+3.</p><h4>Corrigé</h4><p>5</p>", [("Calculer 2+3.", "5", "heading")]),
    (
        "Spanish",
        "<p><strong>Ejercicio 1.</strong> Halla x.</p><p><strong>Solución:</strong> x = 1</p>",
        [("Ejercicio 1. Halla x.", "Solución: x = 1", "bold_lead_in")],
    ),
    ("Portuguese", "<h3>Exercício 3</h3><p>Ache y.</p><h3>Resolução</h3><p>y = 2</p>", [("Ache y.", "y = 2", "heading")]),
    ("Italian", "<h3>Esercizio 3</h3><p>Trova y.</p><h3>Svolgimento</h3><p>y = 2</p>", [("Trova y.", "y = 2", "heading")]),
    ("Polish", "<h4>Zadanie 2.</h4><p>Oblicz pole.</p><h4>Rozwiązanie</h4><p>4 cm</p>", [("Oblicz pole.", "4 cm", "heading")]),
    ("Czech", "<h4>Úloha 2</h4><p>Urči obsah.</p><h4>Řešení</h4><p>4 cm</p>", [("Urči obsah.", "4 cm", "heading")]),
    ("Hungarian, the number first", "<h4>2. feladat</h4><p>Mennyi 2+2?</p><h4>Megoldás</h4><p>4</p>", [("Mennyi 2+2?", "4", "heading")]),
    ("Dutch", "<h4>Opgave 2</h4><p>Bereken 2+2.</p><h4>Uitwerking</h4><p>Vier.</p>", [("Bereken 2+2.", "Vier.", "heading")]),
    (
        "Russian",
        "<p><b>Задача 7.</b> Найдите x.</p><p><b>Решение.</b> x = 3.</p>",
        [("Задача 7. Найдите x.", "Решение. x = 3.", "bold_lead_in")],
    ),
    ("Ukrainian", "<h3>Завдання 1</h3><p>Знайдіть x.</p><h3>Відповідь</h3><p>x = 3</p>", [("Знайдіть x.", "x = 3", "heading")]),
    ("Turkish", "<h3>Soru 1</h3><p>Kaç eder?</p><h3>Çözüm</h3><p>Dört.</p>", [("Kaç eder?", "Dört.", "heading")]),
    ("Vietnamese", "<h3>Bài 1</h3><p>Tính 2+2.</p><h3>Lời giải</h3><p>Bằng 4.</p>", [("Tính 2+2.", "Bằng 4.", "heading")]),
    ("Indonesian", "<h3>Soal 1</h3><p>Hitung 2+2.</p><h3>Pembahasan</h3><p>Empat.</p>", [("Hitung 2+2.", "Empat.", "heading")]),
    (
        "Arabic, right to left",
        '<div dir="rtl"><h3>سؤال ٣</h3><p>ما عاصمة مصر؟</p><h3>الجواب</h3><p>القاهرة</p></div>',
        [("ما عاصمة مصر؟", "القاهرة", "heading")],
    ),
    (
        "Hebrew, right to left",
        '<div dir="rtl"><h3>שאלה 3</h3><p>מצאו את x.</p><h3>פתרון</h3><p>x = 2</p></div>',
        [("מצאו את x.", "x = 2", "heading")],
    ),
    (
        "Persian, right to left",
        '<div dir="rtl"><p><b>پرسش ۲:</b> پایتخت ایران کجاست؟</p><p><b>پاسخ:</b> تهران</p></div>',
        [("پرسش ۲: پایتخت ایران کجاست؟", "پاسخ: تهران", "bold_lead_in")],
    ),
    ("Hindi", "<h3>प्रश्न 1</h3><p>2 + 2 कितना है?</p><h3>उत्तर</h3><p>चार</p>", [("2 + 2 कितना है?", "चार", "heading")]),
    ("Thai", "<h3>คำถาม 1</h3><p>ผลลัพธ์คืออะไร</p><h3>คำตอบ</h3><p>สี่</p>", [("ผลลัพธ์คืออะไร", "สี่", "heading")]),
    (
        "Chinese",
        "<h2>习题1.2</h2><p>证明下式。</p><p>解答：由定义即得。</p><h2>习题1.3</h2><p>求极限。</p><p>解：极限为零。</p>",
        [("证明下式。", "解答：由定义即得。", "heading"), ("求极限。", "解：极限为零。", "heading")],
    ),
    (
        "Chinese examples",
        "<p><b>例1</b> 求 x 的值。</p><p><b>解</b> 由题意得 x = 2。</p>",
        [("例1 求 x 的值。", "解 由题意得 x = 2。", "bold_lead_in")],
    ),
    ("Japanese", "<h3>問題 2</h3><p>面積を求めよ。</p><h3>解答</h3><p>4です。</p>", [("面積を求めよ。", "4です。", "heading")]),
    (
        "Korean",
        "<h3>문제 2</h3><p>넓이를 구하시오.</p><h3>풀이</h3><p>넓이는 4이다.</p>",
        [("넓이를 구하시오.", "넓이는 4이다.", "heading")],
    ),
]

NUMBERED: list[Case] = [
    (
        "a list under an exercise heading, sub-questions kept with their stem",
        "<h2>Review Questions</h2><ol><li>Why is the sky blue?</li><li>Consider a box.<ol><li>Find its area.</li><li>Find its volume.</li></ol></li></ol><h2>Summary</h2><ol><li>Skies scatter.</li></ol>",
        [("Why is the sky blue?", None, "numbered_list"), ("Consider a box.\n- Find its area.\n- Find its volume.", None, "numbered_list")],
    ),
    (
        "tables that place numbers, answers at the end by number",
        """<h4>Zadania</h4><table><tr><td><b>1.</b></td><td><p>Oblicz masę ciała.</p></td></tr></table><table><tr><td><b>2.</b></td>
        <td><p>Oblicz czas lotu.</p></td></tr></table><h2>Rozwiązania</h2><p><b>1.</b></p><p>3 kg</p><p><b>2.</b></p><p>5 s</p>""",
        [("Oblicz masę ciała.", "3 kg", "numbered_list"), ("Oblicz czas lotu.", "5 s", "numbered_list")],
    ),
    (
        "terms and an answer key",
        """<h4>Review Questions</h4><dl><dt>1.</dt><dd><p>Who resigned in 1974?</p></dd></dl><dl><dt>2.</dt><dd><p>Who followed him?</p></dd></dl>
        <h2>Answer Key</h2><p><b>2</b></p><p>Ford</p>""",
        [("Who resigned in 1974?", None, "numbered_list"), ("Who followed him?", "Ford", "numbered_list")],
    ),
    (
        "numbered headings and the code that answers them",
        "<h1>3 shell exercises</h1><h4>1. List all files</h4><pre>ls -a</pre><h4>2. Show the date</h4><pre>date</pre><h4>3. Say hi</h4><pre>echo hi</pre>",
        [
            ("1. List all files", "ls -a", "numbered_list"),
            ("2. Show the date", "date", "numbered_list"),
            ("3. Say hi", "echo hi", "numbered_list"),
        ],
    ),
    (
        "paragraphs that count, their continuation kept",
        "<h3>Problems</h3><p>1. Let f be even.</p><p>Show that its slope is odd.</p><p>2. Let g be odd. Show that g(0) is zero.</p>",
        [
            ("1. Let f be even.\nShow that its slope is odd.", None, "numbered_list"),
            ("2. Let g be odd. Show that g(0) is zero.", None, "numbered_list"),
        ],
    ),
    (
        "answers that link back, in an order of their own",
        """<h3>Exercises</h3><p id="e1">1. Name the capital of Peru.</p><p id="e2">2. Name the capital of Chile.</p>
        <h3>Answers</h3><ul><li><a href="#e2">2.</a> Santiago</li><li><a href="#e1">1.</a> Lima</li></ul>""",
        [("1. Name the capital of Peru.", "1. Lima", "numbered_list"), ("2. Name the capital of Chile.", "2. Santiago", "numbered_list")],
    ),
    (
        "a link to the solution",
        """<h3>Problem 1</h3><p>Factor 15. <a href="#s1">[Solution]</a></p><h3>Notes</h3><p>Nothing.</p><div id="s1"><p>15 = 3 · 5</p></div>""",
        [("Factor 15.", "15 = 3 · 5", "heading")],
    ),
    (
        "answers under the titles of their sets, numbers beginning anew",
        """<h3>Conceptual Questions</h3><ol><li>Why is it so?</li><li>How is it so?</li></ol><h3>Problems</h3><ol><li>Find the mass.</li></ol>
        <h3>Answers</h3><h4>Conceptual Questions</h4><ol><li>Because.</li><li>Somehow.</li></ol><h4>Problems</h4><ol><li>3 kg</li></ol>""",
        [
            ("Why is it so?", "Because.", "numbered_list"),
            ("How is it so?", "Somehow.", "numbered_list"),
            ("Find the mass.", "3 kg", "numbered_list"),
        ],
    ),
    (
        "a key on one line",
        "<h2>Quiz</h2><ol><li>Largest planet?<br>A. Mars<br>B. Jupiter</li><li>Smallest?<br>A. Mercury<br>B. Mars</li></ol><p><b>Answers:</b> 1. B 2. A</p>",
        [("Largest planet?\nA. Mars\nB. Jupiter", "B", "numbered_list"), ("Smallest?\nA. Mercury\nB. Mars", "A", "numbered_list")],
    ),
    (
        "titles in large type, lines by breaks",
        """<font size=5><b>Exercises</b></font><br><b>1.</b> Find the mass.<br><b>2.</b> Find the time.<br><font size=5><b>Solutions</b></font><br>
        <b>1.</b> 3 kg<br><b>2.</b> 5 s<br>""",
        [("1. Find the mass.", "1. 3 kg", "numbered_list"), ("2. Find the time.", "2. 5 s", "numbered_list")],
    ),
    (
        "links that a script follows, solutions hidden",
        """<h2>Problems</h2><p><b>3.</b> Find the mass. <a href="javascript:show('s3')">[Solution]</a></p><div id="s3" style="display:none"><p>It is 3 kg.</p></div>
        <p><b>4.</b> Find the time. <a href="javascript:show('s4')">[Solution]</a></p><div id="s4" style="display:none"><p>It is 5 s.</p></div>""",
        [("3. Find the mass.", "It is 3 kg.", "numbered_list"), ("4. Find the time.", "It is 5 s.", "numbered_list")],
    ),
    (
        "answers as footnotes",
        """<h3>Exercises</h3><p>1. Find the mass.<sup><a href="#fn1">[Answer]</a></sup></p><p>2. Find the time.<sup><a href="#fn2">[Answer]</a></sup></p>
        <hr><div id="fn1">3 kg</div><div id="fn2">5 s</div>""",
        [("1. Find the mass.", "3 kg", "numbered_list"), ("2. Find the time.", "5 s", "numbered_list")],
    ),
    (
        "what a theorem ends",
        "<p><b>Example 3.</b> Find the slope of x.</p><p><b>Solution.</b> It is 1.</p><p><b>Theorem 2.</b> Slopes exist.</p>",
        [("Example 3. Find the slope of x.", "Solution. It is 1.", "bold_lead_in")],
    ),
    (
        "bold section titles of a Chinese paper",
        """<p><b>一、选择题</b></p><p>1．下列哪个是质数？</p><p>A．4</p><p>B．5</p><p>2．下列哪个是偶数？</p><p>A．3</p><p>B．8</p>
        <p><b>参考答案</b></p><p>1．B</p><p>2．B</p>""",
        [("1．下列哪个是质数？\nA．4\nB．5", "1．B", "numbered_list"), ("2．下列哪个是偶数？\nA．3\nB．8", "2．B", "numbered_list")],
    ),
    (
        "Japanese",
        "<h2>練習問題</h2><ol><li>次の式を計算せよ。</li><li>面積を求めよ。</li></ol>",
        [("次の式を計算せよ。", None, "numbered_list"), ("面積を求めよ。", None, "numbered_list")],
    ),
    (
        "Arabic",
        '<h2>تمارين</h2><ol dir="rtl"><li>احسب مساحة المربع.</li><li>احسب محيط الدائرة.</li></ol>',
        [("احسب مساحة المربع.", None, "numbered_list"), ("احسب محيط الدائرة.", None, "numbered_list")],
    ),
]

OPEN: list[Case] = [
    ("details", "<details><summary>Is it free?</summary><p>Yes, it is.</p></details>", [("Is it free?", "Yes, it is.", "details")]),
    (
        "an accordion by id",
        """<h3><button aria-expanded="false" aria-controls="p1">How long does it take?</button></h3><div id="p1" class="collapse">Two days.</div>""",
        [("How long does it take?", "Two days.", "details")],
    ),
    (
        "a heading, code, choices and a folded answer",
        """<h6>2. 输出是什么？</h6><pre><code>f(1)</code></pre><ul><li>A: <code>1</code></li><li>B: <code>2</code></li></ul>
        <details><summary><b>答案</b></summary><h4>答案：B</h4><p>因为加一。</p></details><hr>""",
        [("2. 输出是什么？\nf(1)\nA. 1\nB. 2", "答案：B\n因为加一。", "details")],
    ),
    (
        "a fold that says what it holds in its own words",
        "<h3>Exercise</h3><p>Reverse it.</p><details><summary>Click here to see the solution!</summary><p>x[::-1]</p></details>",
        [("Reverse it.", "x[::-1]", "heading")],
    ),
    (
        "numbered headings that ask, without a section",
        "<h1>Python</h1><h3>1. What is a list?</h3><p>A sequence.</p><h3>2. What is a set?</h3><p>A bag.</p><h3>3. What is a dict?</h3><p>A map.</p>",
        [
            ("1. What is a list?", "A sequence.", "numbered_list"),
            ("2. What is a set?", "A bag.", "numbered_list"),
            ("3. What is a dict?", "A map.", "numbered_list"),
        ],
    ),
    (
        "terms that ask",
        "<dl><dt>What is a quark?</dt><dd>A particle.</dd><dt>Glossary</dt><dd>A list.</dd></dl>",
        [("What is a quark?", "A particle.", "definition_list")],
    ),
    (
        "a table of questions and answers",
        "<table><tr><th>Question</th><th>Answer</th></tr><tr><td>Largest planet?</td><td>Jupiter</td></tr></table>",
        [("Largest planet?", "Jupiter", "table")],
    ),
    (
        "headings that ask in a section of questions",
        "<h2>Frequently Asked Questions</h2><h3>Where are you?</h3><p>In Rome.</p><h3>When do you open?</h3><p>At nine.</p><h2>Contact</h2><p>Write.</p>",
        [("Where are you?", "In Rome.", "faq_heading"), ("When do you open?", "At nine.", "faq_heading")],
    ),
    (
        "a thread: the accepted answer, not the first",
        """<div class="question"><p>Why does import fail?</p></div><div class="answer"><p>No idea.</p></div>
        <div class="answer accepted-answer"><p>Set the module type.</p></div>""",
        [("Why does import fail?", "Set the module type.", "qa_thread")],
    ),
]

QUIZZES: list[Case] = [
    (
        "radio buttons with the right one marked",
        """<p>Which is a metal?</p><div><label><input type="radio" name="q1" value=""> Neon</label><label><input type="radio" name="q1" value="answer"> Iron</label></div>""",
        [("Which is a metal?\nA. Neon\nB. Iron", "Iron", "quiz_form")],
    ),
    (
        "several right ones among checkboxes",
        """<fieldset><legend>Which are even?</legend><label data-correct="true"><input type="checkbox" name="c1"> 2</label>
        <label><input type="checkbox" name="c2"> 3</label><label data-correct="true"><input type="checkbox" name="c3"> 4</label></fieldset>""",
        [("Which are even?\nA. 2\nB. 3\nC. 4", "2; 4", "quiz_form")],
    ),
    (
        "a select and a blank within their sentences",
        """<p>Stress is a <select><option value="blank"></option><option value="">trait</option><option value="answer">process</option></select> of coping.</p>
        <p>How many men are there? <input data-answer='["240"]'></p>""",
        [("Stress is a ___ of coping.\nA. trait\nB. process", "process", "quiz_form"), ("How many men are there?", "240", "quiz_form")],
    ),
    (
        "a marked item of a lettered list",
        """<div class="question"><p>Which is prime?</p><ul><li>A. 4</li><li class="correct">B. 5</li></ul></div>""",
        [("Which is prime?\nA. 4\nB. 5", "5", "exercise_class")],
    ),
    (
        "choices called answers are no solution",
        """<div class="quiz-question"><p>Capital of Spain?</p><div class="answers"><div class="answer">Rome</div><div class="answer correct">Madrid</div></div></div>""",
        [("Capital of Spain?\nA. Rome\nB. Madrid", "Madrid", "exercise_class")],
    ),
    (
        "a task list that is a key",
        """<h4>Q1. Which port does HTTP use?</h4><ul><li><input type="checkbox" disabled> 22</li><li><input type="checkbox" checked disabled> 80</li></ul>""",
        [("Q1. Which port does HTTP use?\nA. 22\nB. 80", "80", "heading")],
    ),
    (
        "the right choice in bold",
        "<h2>Quiz</h2><ol><li>Largest planet?<ul><li>a) Mars</li><li><b>b) Jupiter</b></li></ul></li><li>Smallest?<ul><li>a) Mars</li><li><b>b) Mercury</b></li></ul></li></ol>",
        [
            ("Largest planet?\nA. Mars\nB. Jupiter", "Jupiter", "numbered_list"),
            ("Smallest?\nA. Mars\nB. Mercury", "Mercury", "numbered_list"),
        ],
    ),
    (
        "a quiz engine's review",
        """<div class="que multichoice"><div class="qtext"><p>Which is a base?</p></div><div class="ablock"><div class="prompt">Select one:</div>
        <div class="answer"><div class="r0"><input type="radio" name="q9" value="0"><label>HCl</label></div><div class="r1 correct"><input type="radio" name="q9" value="1"><label>NaOH</label></div></div></div></div>
        <div class="rightanswer">The correct answer is: NaOH</div>""",
        [("Which is a base?\nSelect one:\nA. HCl\nB. NaOH", "NaOH", "exercise_class")],
    ),
    (
        "a form that asks nothing",
        '<p>Country</p><select name="country"><option value="at">Austria</option><option value="de">Germany</option></select>',
        [],
    ),
    (
        "a poll without a right answer",
        '<p>Do you like it?</p><label><input type="radio" name="p" value="1">Yes</label><label><input type="radio" name="p" value="2">No</label>',
        [],
    ),
]

NOTHING: list[Case] = [
    ("what a firm sells", '<p>We recycle.</p><section id="solutions" class="solution"><h2>Our solutions</h2><p>Bins.</p></section>', []),
    (
        "a case study",
        """<div class="problem"><h2>The problem</h2><p>Costs rose.</p></div><div class="solution"><h2>Our solution</h2><p>We cut them.</p></div>
        <p><b>Challenge:</b> Securing the endpoints.</p><p><b>Solution:</b> Strict flows.</p><h3>Problem</h3><p>Static reports bored all.</p><h3>Solution</h3><p>Colour.</p>""",
        [],
    ),
    ("a workout", '<div class="exercise"><h2>Bench press</h2></div><div class="exercise"><h2>Squat</h2></div>', []),
    (
        "news",
        "<h1>Problems mount for the minister</h1><p>The question remains open.</p><h2>Answers wanted</h2><p>1. June 2024: talks.</p><p>2. July 2024: more talks.</p>",
        [],
    ),
    (
        "a table of contents",
        '<h1>Exercises</h1><ol><li><a href="/e1">Exercise 1: Sets</a></li><li><a href="/e2">Exercise 2: Maps</a></li></ol>',
        [],
    ),
    (
        "an index",
        '<h2>List of problems</h2><table><tr><td><a href="/p1">Problem 1.2</a></td></tr><tr><td><a href="/p2">Problem 1.3</a></td></tr></table>',
        [],
    ),
    ("a reference page", "<h1>open()</h1><h2>Example</h2><pre>f = open('x')</pre><h2>Solution design</h2><p>It calls the system.</p>", []),
    ("a recipe", "<h2>Zubereitung</h2><ol><li>Mehl sieben.</li><li>Eier trennen.</li></ol>", []),
    ("navigation", "<nav><h2>Questions</h2><ol><li>What is it?</li><li>Who are we?</li></ol></nav>", []),
]

CASES = [*CONTAINERS, *LEAD_INS, *NUMBERED, *OPEN, *QUIZZES, *NOTHING]


@pytest.mark.parametrize(("html", "pairs"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_reads_the_pairs_of_a_page(html: str, pairs: list[tuple[str, str | None, str]]) -> None:
    assert [(pair.question, pair.solution, pair.cue) for pair in read(html)] == pairs


FIGURE = '<figure id="f1"><img src="a.png"><figcaption>Figure 3.2 A ramp</figcaption></figure>'
IMAGES = [
    (
        "in it",
        '<h3>Problem 1</h3><p>Find x. <img src="x.png" alt="a box"></p><h3>Solution</h3><p>4 <img src="y.png"></p>',
        ["x.png"],
        ["y.png"],
    ),
    ("linked", f'{FIGURE}<h3>Problem 1</h3><p>Use <a href="#f1">the figure</a>.</p>', ["a.png"], []),
    ("named", f"{FIGURE}<h3>Problem 1</h3><p>Find the slope in Figure 3.2.</p>", ["a.png"], []),
    ("not named", f"{FIGURE}<h3>Problem 1</h3><p>Find the slope in Figure 3.3.</p>", [], []),
    ("formulas", '<h3>Problem 1</h3><p>Find <img src="f1.png" alt="$x^2$"> now.</p>', [], []),
    ("twice", '<h3>Problem 1</h3><p>Of <img src="x.png"> and <img src="x.png">.</p>', ["x.png"], []),
]


@pytest.mark.parametrize(("html", "asked", "told"), [case[1:] for case in IMAGES], ids=[case[0] for case in IMAGES])
def test_pictures(html: str, asked: list[str], told: list[str]) -> None:
    (pair,) = read(html)
    base = URL.rpartition("/")[0] + "/"
    assert (pair.question_images, pair.solution_images) == ([base + name for name in asked], [base + name for name in told])


def test_choices_and_span() -> None:
    html = '<p>Intro.</p><div class="question"><p>Prime?</p><ol type="A"><li>4</li><li class="correct">5</li></ol></div>'
    tree = build_tree(html, URL)
    (pair,) = extract(tree)
    assert pair.choices == ["4", "5"]
    assert tree.inner_text(tree.nodes[pair.start]).startswith("Prime?")
    assert pair.end == tree.nodes[pair.start].end


HARSH = [
    "",
    "<p>",
    "<details>",
    "<dl><dt>?</dt></dl>",
    "<table><tr></tr></table><table></table>",
    "<h1>Exercises</h1>",
    "<h1>Answers</h1><p>1.</p>",
    "<b>Solution:</b>",
    '<select data-answer="[[["><option>1</option><option>2</option></select>',
    "<input data-answer='[1, null, {}]'>",
    '<a href="#x">Solution</a>' * 3,
    '<div class="question"><div class="question"><div class="answer"></div></div></div>',
    '<script type="application/ld+json">{"@type": "Question", "acceptedAnswer": [[[1]]]}</script>',
    '<div itemscope itemtype="https://schema.org/Question"></div>',
]


@pytest.mark.parametrize("html", HARSH)
def test_never_raises(html: str) -> None:
    assert all(isinstance(pair, Pair) for pair in read(html))


GROWING = [
    "<h3>Problem {}</h3><p>Find x.</p><h3>Solution</h3><p>x = 2.</p>",
    "<p><b>Exercise {}.</b> Find x.</p>",
    "<p>{}. What is it? Answer: it</p><p>Answer: no</p>",
    '<div class="exercise"><div class="question">Which one, {}?</div><div class="answer">This.</div></div>',
    '<p>Which, {}? <select><option value="answer">a</option><option>b</option></select></p>',
    "<details><summary>Why {}?</summary>So.</details>",
    '<div class="answer"><p>{} Reply.</p></div>',
    "<h2>Exercises</h2><ol><li>Find the number {}.</li></ol>",
]


@pytest.mark.parametrize("unit", GROWING)
def test_time_grows_with_the_page(unit: str) -> None:
    """Four times the page in well under sixteen times the time."""
    small, large = (build_tree("".join(unit.format(i) for i in range(count)), URL) for count in (200, 800))
    extract(small)  # patterns and caches warm
    assert seconds(large) < 10 * seconds(small) + 0.05


def seconds(tree: Tree) -> float:
    """Best of three."""

    def once() -> float:
        begun = time.process_time()
        extract(tree)
        return time.process_time() - begun

    return min(once() for _ in range(3))


def read(html: str) -> list[Pair]:
    return extract(build_tree(html, URL))


def test_heads_of_a_table_may_be_nested_deeply():
    deep = f"<th>{'<b>' * 500}Problem{'</b>' * 500}</th><th>Answer</th>"
    html = f"<p>Exercise 1. How many are they?</p><table><tr>{deep}</tr><tr><td>Answer: 5</td><td>Solution: 4</td></tr></table>"
    assert len(extract(build_tree(html.encode(), "http://a.example/"))) == 1


def test_a_key_may_end_with_the_title_of_an_answer():
    questions = "<p><b>Question 1</b></p><p>How far does it go?</p><p><b>Question 2</b></p><p>How long does it take?</p>"
    html = f"{questions}<h2>Answers</h2><p><b>Answer question 1</b></p><p>Two miles.</p><p><b>Answer question 2</b></p>"
    assert [pair.solution for pair in extract(build_tree(html.encode(), "http://a.example/"))] == ["Two miles.", None]


def test_pages_whose_parts_are_shuffled_are_read_all_the_same():
    """Markup that nobody would write, of which the web is full."""
    chance = random.Random(5)
    for path in sorted(Path(__file__).parent.glob("platforms*/*.html")):
        parts = re.findall(r"<[^>]*>|[^<]+", path.read_text(encoding="utf-8", errors="replace"))
        for _ in range(6):
            i, j = chance.randrange(len(parts)), chance.randrange(len(parts))
            parts[i], parts[j] = parts[j], parts[i]
        html = "".join(part for part in parts if chance.random() > 0.05)
        assert extract(build_tree(html.encode(), "http://a.example/")) is not None, path
